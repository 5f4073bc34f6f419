/** How many were available over time, with the band that they shall stay in, and where they fell below it. */

import { useComputed } from '@preact/signals'
import { dipsOf } from '../time/chronicle.ts'
import { bandPath, stepPath, thinned } from '../time/paths.ts'
import { stretch } from '../time/words.ts'
import { useModel } from './context.ts'
import { At, percent } from './sign.tsx'

export function Sparkline() {
  const { state } = useModel()
  const drawn = useComputed(() => {
    const chronicle = state.timeline.value
    const points = thinned(chronicle?.available ?? [], (each) => each.available)
    const scale = state.scale.value
    const top = Math.max(1, ...points.map(({ ceiling }) => ceiling))
    const values = points.map(({ available }) => available)
    return {
      line: stepPath(points, (each) => each.available / top, scale),
      band: bandPath(points, (each) => [each.floor / top, each.ceiling / top], scale),
      dips: chronicle ? dipsOf(chronicle) : [],
      text: values.length
        ? `Available over the last ${stretch(scale.to - scale.from)}: least ${Math.min(...values)}, most ${Math.max(...values)}, now ${values.at(-1)}`
        : 'Available over time: nothing told yet',
      span: stretch(scale.to - scale.from),
    }
  })
  const { line, band, dips, text, span } = drawn.value
  const scale = state.scale.value
  return (
    <div class="sparkline">
      <svg
        role="img"
        aria-label={
          dips.length
            ? `${text}; ${dips.length} ${dips.length === 1 ? 'fall' : 'falls'} below the floor`
            : text
        }
      >
        <svg viewBox="0 0 1000 100" preserveAspectRatio="none" class="stretched" aria-hidden="true">
          <path class="band" d={band} />
          <path class="available" d={line} />
        </svg>
        {dips.slice(-12).map(({ revision, time, short, cause }) => (
          <At key={revision} x={percent(scale.place(time))} class="dip">
            <path d="M-4 0H4L0 7z" />
            <title>{`${short} below the floor: ${cause}`}</title>
          </At>
        ))}
        <Needle />
      </svg>
      <p class="dim small">
        available, {span}
        {dips.length > 0 && <span class="warn-text">, ▼ below the floor</span>}
      </p>
    </div>
  )
}

/** The playhead again, so that one sees how many there were. */
function Needle() {
  const { state } = useModel()
  const x = percent(state.scale.value.place(state.headTime.value))
  return <line class="needle" x1={x} x2={x} y1="0" y2="100%" />
}
