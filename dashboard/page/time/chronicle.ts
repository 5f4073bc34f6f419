/** The timeline as it grows: what the stream tells is added to what was answered. Everything has a bound. Pure. */

import type { Moment, RolloutView, TimelineMark, TimelineView } from '../../protocol.ts'
import { addStop, type Stop } from './stops.ts'

/** Marks, changes of what is available, and changes of a lane, that are kept. */
export const longest = 4_000

/** With `at` as milliseconds, so that nothing is parsed again whenever it is drawn. */
export type Timed<T> = T & { time: number }

export interface LaneCourse {
  replicaSet: string
  hash: string
  counts: Timed<Moment & { pods: number }>[]
}

export interface Chronicle {
  edge: Moment
  head: Moment
  marks: Timed<TimelineMark>[]
  available: Timed<TimelineView['available'][number]>[]
  lanes: LaneCourse[]
  /** What one can go to. */
  stops: Stop[]
}

const timed = <T extends Moment>(moment: T): Timed<T> => ({
  ...moment,
  time: Date.parse(moment.at),
})

export function chronicleOf(timeline: TimelineView): Chronicle {
  const { edge, head, marks, available, lanes } = timeline
  const chronicle: Chronicle = {
    edge,
    head,
    marks: boundedMarks(marks.map(timed)),
    available: bounded(available.map(timed)),
    lanes: lanes.map((lane) => ({ ...lane, counts: bounded(lane.counts.map(timed)) })),
    stops: [],
  }
  const told = [
    ...[edge, ...available, ...lanes.flatMap(({ counts }) => counts), head].map((moment) =>
      stopAt(moment, false),
    ),
    ...marks.map((mark) => stopAt(mark, mark.notable)),
  ]
  // In order they are added at the end.
  for (const stop of told.sort((a, b) => a.revision - b.revision)) addStop(chronicle.stops, stop)
  return chronicle
}

const stopAt = ({ revision, at }: Moment, notable: boolean): Stop => ({
  revision,
  time: Date.parse(at),
  notable,
})

function withStops(stops: readonly Stop[], ...more: Stop[]): Stop[] {
  const all = stops.slice(-3 * longest)
  for (const stop of more) addStop(all, stop)
  return all
}

/** With the marks that came, each once. */
export function withMarks(
  chronicle: Chronicle,
  marks: readonly TimelineMark[],
  head: Moment,
): Chronicle {
  const known = new Set(chronicle.marks.slice(-200 - marks.length).map(identity))
  const fresh = marks.filter((mark) => !known.has(identity(mark)))
  return {
    ...chronicle,
    marks:
      fresh.length > 0 ? boundedMarks([...chronicle.marks, ...fresh.map(timed)]) : chronicle.marks,
    stops: withStops(chronicle.stops, ...fresh.map((mark) => stopAt(mark, mark.notable))),
    head: later(chronicle.head, head),
  }
}

const identity = ({ revision, kind, object, text }: TimelineMark): string =>
  `${revision} ${kind} ${object} ${text}`

/** With the counts of a view that is newer than the timeline. */
export function withView(chronicle: Chronicle, { moment, progress }: RolloutView): Chronicle {
  const { floor, ceiling, desired, oldAvailable, newAvailable } = progress.gauge
  const now = { available: oldAvailable + newAvailable, floor, ceiling, desired }
  const last = chronicle.available.at(-1)
  if (last && last.revision > moment.revision) return chronicle
  const changed =
    !last ||
    last.available !== now.available ||
    last.floor !== floor ||
    last.ceiling !== ceiling ||
    last.desired !== desired
  return {
    ...chronicle,
    available: changed
      ? bounded([...chronicle.available, timed({ ...moment, ...now })])
      : chronicle.available,
    lanes: lanesWith(chronicle.lanes, moment, progress.revisions),
    stops: withStops(chronicle.stops, stopAt(moment, false)),
    head: later(chronicle.head, moment),
  }
}

function lanesWith(
  lanes: LaneCourse[],
  moment: Moment,
  revisions: RolloutView['progress']['revisions'],
): LaneCourse[] {
  const known = new Map(lanes.map((lane) => [lane.replicaSet, lane]))
  let changed = false
  for (const { replicaSet, hash, pods } of revisions) {
    const { counts = [] } = known.get(replicaSet) ?? {}
    if ((counts.at(-1)?.pods ?? 0) === pods.length) continue
    const next = bounded([...counts, timed({ ...moment, pods: pods.length })])
    known.set(replicaSet, { replicaSet, hash, counts: next })
    changed = true
  }
  return changed ? [...known.values()] : lanes
}

const later = (a: Moment, b: Moment): Moment => (b.revision > a.revision ? b : a)

const bounded = <T>(items: T[]): T[] => (items.length > longest ? items.slice(-longest) : items)

/** What is notable stays longest: of the others the oldest go. */
function boundedMarks<T extends TimelineMark>(marks: T[]): T[] {
  let surplus = marks.length - longest
  if (surplus <= 0) return marks
  return bounded(marks.filter(({ notable }) => notable || surplus-- <= 0))
}

/** The last mark at or before a revision, of those that are worth telling. */
export function markBefore<T extends TimelineMark>(
  marks: readonly T[],
  revision: number,
  of: (mark: T) => boolean = () => true,
): T | undefined {
  return marks.findLast((mark) => mark.revision <= revision && of(mark))
}

export type Dip = Timed<Moment & { short: number; cause: string }>

/** Where what is available fell below the floor, and what had happened right before. */
export function dipsOf({ available, marks }: Pick<Chronicle, 'available' | 'marks'>): Dip[] {
  return available.flatMap((now, index) => {
    const before = available[index - 1]
    const below = now.available < now.floor
    const fell =
      before !== undefined && before.available >= before.floor && before.available > now.available
    if (!below || !fell) return []
    const mark = markBefore(marks, now.revision, ({ kind }) => kind !== 'complete')
    const { revision, at, time } = now
    const short = now.floor - now.available
    return [{ revision, at, time, short, cause: mark?.text ?? 'cause not known' }]
  })
}
