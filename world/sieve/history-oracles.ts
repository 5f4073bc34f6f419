/** What must not happen on the way, though the end does not show it: objects that go and come back without their contents. */

import type { LogEntry } from '../log.ts'
import { labelOf } from './canonical.ts'
import { subjectOf } from './head.ts'
import { endsLife, type Totals, totalsOf } from './history.ts'
import type { Judgement, Violation } from './judgement.ts'
import { totalDifferences } from './mask.ts'
import type { Plan } from './plan.ts'

/** What is there until the end when nothing goes wrong is not deleted, even if it is made again: its contents are gone. */
export function loss({ trace, reference }: Judgement): Violation | undefined {
  const expected = reference.trace.log
  const mortal = new Set(expected.filter(endsLife).map(uidOf))
  const shared = expected.slice(0, sharedWrites(trace.log, expected))
  const kept = new Set(shared.map(uidOf).filter((uid) => !mortal.has(uid)))
  const at = trace.log.findIndex((entry) => endsLife(entry) && kept.has(uidOf(entry)))
  const entry = trace.log[at]
  if (!entry || reference.mask.hidesTotals(labelOf(subjectOf(entry)))) return undefined
  const message = `${entry.by} has deleted ${labelOf(subjectOf(entry))}, which stays when nothing goes wrong`
  return { oracle: 'loss', message, write: at + 1 }
}

/** How many writes two runs have in common, to the last uid: all before something goes wrong. */
function sharedWrites(one: readonly LogEntry[], other: readonly LogEntry[]): number {
  const differs = (entry: LogEntry, index: number) => {
    const peer = other[index]
    return peer?.position !== entry.position || uidOf(peer) !== uidOf(entry)
  }
  const at = one.findIndex(differs)
  return at < 0 ? one.length : at
}

const uidOf = (entry: LogEntry): string | undefined => subjectOf(entry).metadata.uid

/** Skipping states and acting on old ones changes history, and may. */
export function totals({ plan, trace, reference }: Judgement): Violation | undefined {
  if (plan.type === 'unobserved' || plan.type === 'stale') return undefined
  const [first] = totalDifferences(reference.totals, totalsOf(trace.log)).filter(
    ({ label }) => !reference.mask.hidesTotals(label) && !mayBeMadeTwice(plan, label),
  )
  if (!first) return undefined
  const { label, expected, actual } = first
  const message = `${label} was created ${times(actual.created)} and deleted ${times(actual.deleted)}; when nothing goes wrong, created ${times(expected.created)} and deleted ${times(expected.deleted)}`
  const write = extraWrite(trace.log, label, expected)
  return { oracle: 'totals', message, ...(write === undefined ? {} : { write }) }
}

/**
 * Who has not heard whether an object was made, and gives it no name, may make it again and take one of them away. That
 * it is not one which was there before is for `loss` to say.
 */
const mayBeMadeTwice = ({ type }: Plan, label: string): boolean =>
  (type === 'crash' || type === 'lost-reply' || type === 'takeover') && label.endsWith('*')

const times = (count: number): string =>
  count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`

/** The first write that is one too many. */
function extraWrite(log: readonly LogEntry[], label: string, expected: Totals): number | undefined {
  const left = { ...expected }
  for (const [index, entry] of log.entries()) {
    if (entry.type === 'updated' || labelOf(subjectOf(entry)) !== label) continue
    if (left[entry.type]-- === 0) return index + 1
  }
  return undefined
}
