/** The gauge: how many pods there are of each kind, against the floor and the ceiling. */

import { type Gauge, gaugeBar, gaugeText, type SegmentKind, segmentsOf } from '../rollout/gauge.ts'
import { useModel } from './context.ts'
import { percent } from './sign.tsx'
import { Sparkline } from './sparkline.tsx'

/** Shares of the whole width: the bar, and beyond it the room for terminating pods. */
const barShare = 0.7
const beyondFrom = 0.8
const beyondShare = 1 - beyondFrom

export function Bounds() {
  return (
    <figure class="bounds panel" aria-label="Bounds">
      <GaugeShown />
      <Sparkline />
    </figure>
  )
}

const nothing: Gauge = {
  desired: 0,
  floor: 0,
  ceiling: 0,
  oldAvailable: 0,
  oldUnready: 0,
  newAvailable: 0,
  newStarting: 0,
  terminating: 0,
}

function GaugeShown() {
  const { state } = useModel()
  const gauge = state.gauge.value
  return (
    <div class="gauge">
      <svg
        class="gauge-bar"
        role="img"
        aria-label={gauge ? gaugeText(gauge) : 'nothing to be shown'}
      >
        {gauge ? (
          <Bar gauge={gauge} />
        ) : (
          <rect class="track" y="20" width={percent(barShare)} height="26" rx="2" />
        )}
      </svg>
      <Legend gauge={gauge} />
    </div>
  )
}

function Bar({ gauge }: { gauge: Gauge }) {
  const bar = gaugeBar(gauge, beyondShare / barShare)
  const x = (place: number) => percent(place * barShare)
  const [floor, desired, ceiling] = [bar.floor, bar.desired, bar.ceiling].map(x)
  return (
    <>
      <rect class="track" x="0" y="20" width={percent(barShare)} height="26" rx="2" />
      {bar.segments.map(({ kind, from, to }) => (
        <rect
          key={kind}
          class={`seg ${kind}`}
          x={x(from)}
          y="20"
          width={percent((to - from) * barShare)}
          height="26"
        />
      ))}
      {bar.cuts.map((cut) => (
        <line key={cut} class="cut" x1={x(cut)} x2={x(cut)} y1="20" y2="46" />
      ))}
      <rect
        class="room"
        x={percent(beyondFrom)}
        y="20"
        width={percent(beyondShare)}
        height="26"
        rx="2"
      />
      <rect
        class="seg terminating"
        x={percent(beyondFrom)}
        y="20"
        width={percent(bar.terminating * beyondShare)}
        height="26"
      />
      <text class="dim aside" x="100%" y="12" text-anchor="end">
        not counted against surge
      </text>
      <text x="100%" y="63" text-anchor="end">
        {gauge.terminating} terminating
      </text>
      <line class="desired" x1={desired} x2={desired} y1="14" y2="20" />
      <text x={desired} y="12" {...beside(bar.desired)}>
        {gauge.desired} desired
      </text>
      <line class="bound" x1={floor} x2={floor} y1="16" y2="53" />
      <text x={floor} y="63" {...beside(bar.floor)}>
        floor {gauge.floor}
      </text>
      <line class="bound" x1={ceiling} x2={ceiling} y1="4" y2="50" />
      <text x={ceiling} y="12" dx="6">
        ceiling {gauge.ceiling}
      </text>
    </>
  )
}

/** Words stand left of their line, unless there is no room. */
const beside = (place: number) =>
  place < 0.25
    ? ({ 'text-anchor': 'start', dx: 2 } as const)
    : ({ 'text-anchor': 'end', dx: 2 } as const)

/** Nothing is said of what is not known. */
function Legend({ gauge }: { gauge: Gauge | undefined }) {
  return (
    <dl class="legend">
      {segmentsOf(gauge ?? nothing).map(({ kind, word, count }) => (
        <div key={kind} class={count === 0 ? 'none' : ''}>
          <dt>
            <Swatch kind={kind} />
            {word}
          </dt>
          <dd>{gauge ? count : '–'}</dd>
        </div>
      ))}
    </dl>
  )
}

function Swatch({ kind }: { kind: SegmentKind }) {
  return (
    <svg class="swatch" aria-hidden="true">
      <rect class={`seg ${kind}`} width="100%" height="100%" />
    </svg>
  )
}
