/** What of a timeline has a place in the drawing: which lanes, and which of many marks. Pure. */

import type { TimelineMark } from '../../protocol.ts'
import { markOrder } from '../rollout/words.ts'
import type { Chronicle, LaneCourse, Timed } from './chronicle.ts'
import type { Scale } from './scale.ts'

/** Lanes that have a place. */
export const mostLanes = 4
/** Marks that stand nearer than this are one. */
const bucket = 1 / 90

/** Those that had pods last, the newest first; they keep their order. */
export function lanesShown({ lanes }: Pick<Chronicle, 'lanes'>): LaneCourse[] {
  const last = (lane: LaneCourse) => lane.counts.at(-1)?.revision ?? 0
  const first = (lane: LaneCourse) => lane.counts.find(({ pods }) => pods > 0)?.revision ?? 0
  return lanes
    .filter((lane) => first(lane) > 0)
    .sort((a, b) => last(b) - last(a))
    .slice(0, mostLanes)
    .sort((a, b) => first(b) - first(a))
}

export type PlacedMark = Timed<TimelineMark> & { place: number }

/** One a place: of several the gravest. */
export function gathered(marks: readonly Timed<TimelineMark>[], scale: Scale): PlacedMark[] {
  const places = new Map<number, PlacedMark>()
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

/** The gravest of those that are drawn near to this place. */
export function markAt(
  marks: readonly Timed<TimelineMark>[],
  scale: Scale,
  place: number,
): Timed<TimelineMark> | undefined {
  return gathered(marks, scale)
    .filter((mark) => Math.abs(mark.place - place) < bucket / 2)
    .sort((a, b) => markOrder.indexOf(a.kind) - markOrder.indexOf(b.kind))[0]
}
