/** The moments at which something of a rollout was told, in order: what one goes to and fro between. Pure. */

import type { Moment, TimelineView } from '../../protocol.ts'

export interface Stop {
  revision: number
  time: number
  /** Worth a stop when going from one to the next. */
  notable: boolean
}

/** Ordered by revision; times never go back. `marked`: what the user marked is worth a stop as well. */
export function stopsOf(timeline: TimelineView, marked: readonly number[] = []): Stop[] {
  const found = new Map<number, Stop>()
  const add = ({ revision, at }: Moment, notable: boolean) => {
    const time = Date.parse(at)
    if (Number.isNaN(time)) return
    const known = found.get(revision)
    if (known) known.notable ||= notable
    else found.set(revision, { revision, time, notable })
  }
  add(timeline.edge, false)
  for (const mark of timeline.marks) add(mark, mark.notable)
  for (const change of timeline.available) add(change, false)
  for (const { counts } of timeline.lanes) for (const count of counts) add(count, false)
  add(timeline.head, false)
  for (const revision of marked) {
    const stop = found.get(revision)
    if (stop) stop.notable = true
  }
  return inOrder([...found.values()])
}

function inOrder(stops: Stop[]): Stop[] {
  stops.sort((a, b) => a.revision - b.revision)
  let latest = Number.NEGATIVE_INFINITY
  for (const stop of stops) {
    stop.time = Math.max(stop.time, latest)
    latest = stop.time
  }
  return stops
}

/** The index of the last one that is not after; -1 where all are. `by` names what is compared. */
export function lastNotAfter(
  stops: readonly Stop[],
  value: number,
  by: 'revision' | 'time',
): number {
  let [low, high] = [0, stops.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (stops[middle]![by] <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The one that is nearest in time. */
export function nearest(stops: readonly Stop[], time: number): Stop | undefined {
  const before = lastNotAfter(stops, time, 'time')
  const [a, b] = [stops[before], stops[before + 1]]
  if (!a || !b) return a ?? b
  return time - a.time <= b.time - time ? a : b
}

/** The next one in this direction, `undefined` at the end. */
export function step(
  stops: readonly Stop[],
  revision: number,
  direction: 1 | -1,
  notable = false,
): Stop | undefined {
  const here = lastNotAfter(stops, revision, 'revision')
  const between = here < 0 || stops[here]!.revision < revision
  for (
    let at = direction > 0 ? here + 1 : between ? here : here - 1;
    at >= 0 && at < stops.length;
    at += direction
  )
    if (!notable || stops[at]!.notable) return stops[at]
  return undefined
}
