/** The timeline: what happened when, how many pods each revision had, and the playhead that goes through it. */

import { useComputed, useSignal } from '@preact/signals'
import type { TimelineMark } from '../../protocol.ts'
import { markOrder, markSigns } from '../rollout/words.ts'
import { type Chronicle, type LaneCourse, markBefore, type Timed } from '../time/chronicle.ts'
import { areaPath, thinned } from '../time/paths.ts'
import { type Scale, ticksOf } from '../time/scale.ts'
import { lastNotAfter } from '../time/stops.ts'
import { ago, brief, clock, shortClock, stretch } from '../time/words.ts'
import { useModel } from './context.ts'
import { Controls } from './controls.tsx'
import { At } from './sign.tsx'

const percent = (place: number): string => `${(place * 100).toFixed(3)}%`

/** Lanes that have a place. */
const mostLanes = 4
/** Marks that stand nearer than this are one. */
const bucket = 1 / 90

export function Timeline() {
  const { state } = useModel()
  return (
    <section class="timeline panel" aria-labelledby="timeline-title">
      <div class="timeline-head">
        <h2 id="timeline-title">Timeline</h2>
        <Edge />
        <Controls />
      </div>
      <div class="timeline-body">
        <LaneNames />
        <Plot />
      </div>
      {state.timeline.value && <Readout />}
    </section>
  )
}

/** Where the past begins, in words; the axis is hatched there. */
function Edge() {
  const { state } = useModel()
  const { edge } = state.timeline.value ?? {}
  const first = state.stops.value[0]?.time
  if (!edge || first === undefined) return null
  return (
    <p class="edge-words dim small" title="What is older is kept no longer">
      history starts {brief(first, state.now.value)}, r{edge.revision}
    </p>
  )
}

/** Those that had pods last, the newest first; they keep their order. */
function lanesShown({ lanes }: Chronicle): LaneCourse[] {
  const last = (lane: LaneCourse) => lane.counts.at(-1)?.revision ?? 0
  const first = (lane: LaneCourse) => lane.counts.find(({ pods }) => pods > 0)?.revision ?? 0
  return lanes
    .filter((lane) => first(lane) > 0)
    .sort((a, b) => last(b) - last(a))
    .slice(0, mostLanes)
    .sort((a, b) => first(b) - first(a))
}

function LaneNames() {
  const { state } = useModel()
  const timeline = state.timeline.value
  return (
    <ul class="lane-names" aria-label="Revisions on the timeline">
      {timeline && lanesShown(timeline).map(({ hash }) => <li key={hash}>{hash}</li>)}
    </ul>
  )
}

function Plot() {
  const { state, travel } = useModel()
  const dragged = useSignal(false)
  const pointAt = (place: number) => {
    state.pointed.value = markAt(state.timeline.peek()?.marks ?? [], state.scale.peek(), place)
  }
  const go = (place: number) => {
    if (place > 0.997) travel.live()
    else travel.scrub(state.scale.peek().time(place))
  }
  return (
    <div
      class="plot"
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        event.currentTarget.querySelector<HTMLElement>('[role=slider]')?.focus()
        dragged.value = true
        const mark = state.pointed.peek()
        if (mark) travel.go(mark.revision)
        else go(placeOf(event))
      }}
      onPointerMove={(event) => {
        if (dragged.value) go(placeOf(event))
        else pointAt(placeOf(event))
      }}
      onPointerUp={() => {
        dragged.value = false
      }}
      onPointerCancel={() => {
        dragged.value = false
      }}
      onPointerLeave={() => {
        state.pointed.value = undefined
      }}
    >
      <svg class="plot-drawing" aria-hidden="true">
        <Axis />
        <Areas />
        <Marks />
        <Bookmarks />
      </svg>
      <Playhead />
    </div>
  )
}

/** 0 to 1, of what is under the pointer. */
function placeOf({ clientX, currentTarget }: PointerEvent): number {
  const { left, width } = (currentTarget as Element).getBoundingClientRect()
  return Math.min(1, Math.max(0, (clientX - left) / width))
}

/** The gravest of those that are drawn near to this place. */
function markAt(
  marks: readonly Timed<TimelineMark>[],
  scale: Scale,
  place: number,
): Timed<TimelineMark> | undefined {
  return gathered(marks, scale)
    .filter((mark) => Math.abs(mark.place - place) < bucket / 2)
    .sort((a, b) => markOrder.indexOf(a.kind) - markOrder.indexOf(b.kind))[0]
}

const marksHeight = 22
const laneHeight = 20
const axisTop = marksHeight + mostLanes * laneHeight + 4

function Axis() {
  const { state } = useModel()
  const scale = state.scale.value
  const first = state.stops.value[0]?.time
  return (
    <>
      {scale.folds.map(({ from, to, length }, index) => (
        <At
          key={index}
          x={percent(from)}
          width={percent(to - from)}
          height={axisTop + 18}
          class="fold"
        >
          <rect width="100%" height={axisTop} />
          {to - from > 0.045 && length >= 1000 && (
            <text x="50%" y={axisTop + 13} text-anchor="middle">
              ⋯ {stretch(length)} ⋯
            </text>
          )}
        </At>
      ))}
      {ticksOf(scale, 8).map(({ place, time }) => (
        <At key={time} x={percent(place)} class="tick">
          <line y1={axisTop - 3} y2={axisTop + 2} />
          <text
            y={axisTop + 13}
            text-anchor={place < 0.04 ? 'start' : place > 0.96 ? 'end' : 'middle'}
          >
            {time % 60_000 === 0 ? shortClock(time) : clock(time)}
          </text>
        </At>
      ))}
      <line class="axis" x1="0" x2="100%" y1={axisTop} y2={axisTop} />
      {first !== undefined && first >= scale.from && (
        <rect class="edge" x="0" y="0" width="5" height={axisTop} />
      )}
    </>
  )
}

function Areas() {
  const { state } = useModel()
  const drawn = useComputed(() => {
    const timeline = state.timeline.value
    if (!timeline) return []
    const shown = lanesShown(timeline)
    const most = shown
      .flatMap(({ counts }) => counts)
      .reduce((highest, { pods }) => Math.max(highest, pods), 1)
    const newest = state.progress.value?.revisions.find((revision) => revision.newest)
    return shown.map(({ replicaSet, counts }) => {
      const points = thinned(counts, ({ pods }) => pods)
      return {
        replicaSet,
        newest: replicaSet === newest?.replicaSet,
        path: areaPath(points, ({ pods }) => pods / most, state.scale.value),
      }
    })
  })
  return (
    <>
      {drawn.value.map(({ replicaSet, newest, path }, row) => (
        <svg
          aria-hidden="true"
          viewBox="0 0 1000 100"
          preserveAspectRatio="none"
          key={replicaSet}
          x="0"
          y={marksHeight + row * laneHeight}
          width="100%"
          height={laneHeight - 2}
        >
          <path class={newest ? 'area new' : 'area old'} d={path} />
        </svg>
      ))}
    </>
  )
}

/** One a place: of several the gravest. */
function gathered(marks: readonly Timed<TimelineMark>[], scale: Scale) {
  const places = new Map<number, Timed<TimelineMark> & { place: number }>()
  for (const mark of marks) {
    if (mark.time < scale.from || mark.time > scale.to) continue
    const place = scale.place(mark.time)
    const key = Math.round(place / bucket)
    const known = places.get(key)
    if (!known || markOrder.indexOf(mark.kind) < markOrder.indexOf(known.kind))
      places.set(key, { ...mark, place })
  }
  return [...places.values()]
}

function Marks() {
  const { state } = useModel()
  const shown = useComputed(() => gathered(state.timeline.value?.marks ?? [], state.scale.value))
  return (
    <>
      {shown.value.map(({ place, kind }, index) => (
        <At
          // All of them move with time: elements are used again.
          key={index}
          x={percent(place)}
          y={4}
          class={`mark ${kind}`}
        >
          <path transform="translate(-7 0) scale(0.875)" d={markSigns[kind]} />
        </At>
      ))}
    </>
  )
}

function Bookmarks() {
  const { state } = useModel()
  const stops = state.stops.value
  return (
    <>
      {state.bookmarks.value.map((revision) => {
        const stop = stops[Math.max(0, lastNotAfter(stops, revision, 'revision'))]
        if (!stop) return null
        return (
          <At key={revision} x={percent(state.scale.value.place(stop.time))} class="bookmark">
            <path d={`M0 0V${axisTop}M0 0H8L5 3.500 8 7H0`} />
          </At>
        )
      })}
    </>
  )
}

function Playhead() {
  const { state, travel } = useModel()
  const [stops, time, now] = [state.stops.value, state.headTime.value, state.now.value]
  const revision = state.at.value ?? stops.at(-1)?.revision ?? 0
  const place = state.scale.value.place(time)
  const text = state.isPast.value
    ? `${clock(time)}, ${ago(time, now)}, revision r${revision}`
    : 'live'
  return (
    <div
      class={`playhead ${state.isPast.value ? 'past' : 'live'}`}
      role="slider"
      tabIndex={0}
      aria-label="Playhead"
      aria-valuemin={stops[0]?.revision ?? 0}
      aria-valuemax={Math.max(revision, stops.at(-1)?.revision ?? 0)}
      aria-valuenow={revision}
      aria-valuetext={text}
      style={{ left: percent(place) }}
      onKeyDown={(event) => {
        if (event.key === 'Home') travel.edge()
        else if (event.key === 'End') travel.live()
        else if (event.key === 'PageUp') travel.step(1, true)
        else if (event.key === 'PageDown') travel.step(-1, true)
        else return
        event.preventDefault()
      }}
    >
      <span class="playhead-grip" />
    </div>
  )
}

/** What is pointed at, else what was told last at the playhead: so nothing has to be pointed at. */
function Readout() {
  const { state } = useModel()
  const said = useComputed(() => {
    const marks = state.timeline.value?.marks ?? []
    const at = state.at.value ?? Number.POSITIVE_INFINITY
    return (
      state.pointed.value ??
      markBefore(marks, at, ({ kind }) => kind !== 'pod') ??
      markBefore(marks, at)
    )
  })
  const mark = said.value
  return (
    <p class="readout">
      {mark ? (
        <>
          <span class="dim">
            {clock(mark.time)} r{mark.revision}
          </span>{' '}
          {mark.text}
        </>
      ) : (
        <span class="dim">Nothing has happened since history starts.</span>
      )}
    </p>
  )
}
