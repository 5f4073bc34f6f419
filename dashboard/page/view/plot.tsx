/** The drawing of the timeline as something to take hold of: the playhead is dragged, marks are pointed at. */

import { useSignal } from '@preact/signals'
import { markAt } from '../time/swimlanes.ts'
import { ago, clock } from '../time/words.ts'
import { useModel } from './context.ts'
import { Areas, Axis, Bookmarks, Marks } from './course.tsx'
import { percent } from './sign.tsx'

/** So near to the end it is the end. */
const endPlace = 0.997

export function Plot() {
  const { state, travel } = useModel()
  const dragged = useSignal(false)
  const pointAt = (place: number) => {
    state.pointed.value = markAt(state.timeline.peek()?.marks ?? [], state.scale.peek(), place)
  }
  const go = (place: number) => {
    if (place > endPlace) travel.live()
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
