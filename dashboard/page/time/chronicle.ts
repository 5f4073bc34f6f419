/** The timeline as it grows: what the stream tells is added to what was answered. Everything has a bound. Pure. */

import type { Moment, RolloutView, TimelineMark, TimelineView } from '../../protocol.ts'

/** Marks, changes of what is available, and changes of a lane, that are kept. */
export const longest = 4_000

/** With the marks that came, each once. */
export function withMarks(
  timeline: TimelineView,
  marks: readonly TimelineMark[],
  head: Moment,
): TimelineView {
  const known = new Set(timeline.marks.slice(-200 - marks.length).map(identity))
  const fresh = marks.filter((mark) => !known.has(identity(mark)))
  return {
    ...timeline,
    marks: fresh.length > 0 ? bounded([...timeline.marks, ...fresh]) : timeline.marks,
    head: later(timeline.head, head),
  }
}

const identity = ({ revision, kind, object, text }: TimelineMark): string =>
  `${revision} ${kind} ${object} ${text}`

/** With the counts of a view that is newer than the timeline. */
export function withView(timeline: TimelineView, view: RolloutView): TimelineView {
  const { moment, progress } = view
  const { floor, ceiling, desired, oldAvailable, newAvailable } = progress.gauge
  const now = { available: oldAvailable + newAvailable, floor, ceiling, desired }
  const last = timeline.available.at(-1)
  if (last && last.revision > moment.revision) return timeline
  const changed =
    !last ||
    last.available !== now.available ||
    last.floor !== floor ||
    last.ceiling !== ceiling ||
    last.desired !== desired
  return {
    ...timeline,
    available: changed
      ? bounded([...timeline.available, { ...moment, ...now }])
      : timeline.available,
    lanes: lanesWith(timeline.lanes, view),
    head: later(timeline.head, moment),
  }
}

type Lanes = TimelineView['lanes']

function lanesWith(lanes: Lanes, { moment, progress }: RolloutView): Lanes {
  const known = new Map(lanes.map((lane) => [lane.replicaSet, lane]))
  let changed = false
  for (const { replicaSet, hash, pods } of progress.revisions) {
    const { counts = [] } = known.get(replicaSet) ?? {}
    const last = counts.at(-1)
    if ((last?.pods ?? 0) === pods.length) continue
    const next = bounded([...counts, { ...moment, pods: pods.length }])
    known.set(replicaSet, { replicaSet, hash, counts: next })
    changed = true
  }
  return changed ? [...known.values()] : lanes
}

const later = (a: Moment, b: Moment): Moment => (b.revision > a.revision ? b : a)

const bounded = <T>(items: T[]): T[] => (items.length > longest ? items.slice(-longest) : items)

/** The last mark at or before a revision, of those that are worth telling. */
export function markBefore(
  marks: readonly TimelineMark[],
  revision: number,
  of: (mark: TimelineMark) => boolean = () => true,
): TimelineMark | undefined {
  return marks.findLast((mark) => mark.revision <= revision && of(mark))
}

/** Where what is available fell below the floor, and what had happened right before. */
export function dipsOf({
  available,
  marks,
}: TimelineView): (Moment & { short: number; cause: string })[] {
  return available.flatMap((now, index) => {
    const before = available[index - 1]
    const below = now.available < now.floor
    const fell = before !== undefined && before.available >= before.floor
    if (!below || !fell) return []
    const mark = markBefore(marks, now.revision, ({ kind }) => kind !== 'complete')
    const { revision, at } = now
    return [
      { revision, at, short: now.floor - now.available, cause: mark?.text ?? 'cause not known' },
    ]
  })
}
