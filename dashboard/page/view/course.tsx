/** The course of a rollout as it is drawn along the axis of time. */

import { useComputed } from '@preact/signals'
import { markSigns } from '../rollout/words.ts'
import { areaPath, thinned } from '../time/paths.ts'
import { ticksOf } from '../time/scale.ts'
import { lastNotAfter } from '../time/stops.ts'
import { gathered, lanesShown, mostLanes } from '../time/swimlanes.ts'
import { clock, shortClock, stretch } from '../time/words.ts'
import { useModel } from './context.ts'
import { At, percent } from './sign.tsx'

const marksHeight = 22
const laneHeight = 20
const axisTop = marksHeight + mostLanes * laneHeight + 4

export function Axis() {
  const { state } = useModel()
  const scale = state.scale.value
  const first = state.stops.value[0]?.time
  if (first === undefined) return <line class="axis" x1="0" x2="100%" y1={axisTop} y2={axisTop} />
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
      {ticksOf(scale, 8).map(({ place, time }, index) => (
        <At key={time} x={percent(place)} class={index % 2 === 0 ? 'tick' : 'tick spare'}>
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
      {first >= scale.from && <rect class="edge" x="0" y="0" width="5" height={axisTop} />}
    </>
  )
}

export function Areas() {
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

export function Marks() {
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

export function Bookmarks() {
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
