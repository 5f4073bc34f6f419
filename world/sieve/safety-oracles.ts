/** What the framework promises of every run: who writes, why something is removed, and in which order. */

import type { KubernetesObject } from '../../api/object.ts'
import { kindKey, Lease } from '../../controllers/framework/index.ts'
import type { LogEntry } from '../log.ts'
import { isChatter, labelOf } from './canonical.ts'
import { type Head, headOf, subjectOf } from './head.ts'
import { endsLife } from './history.ts'
import type { Judgement, Violation } from './judgement.ts'
import type { Removal } from './witness.ts'

export function overlaps({ trace }: Judgement): Violation | undefined {
  const [first] = trace.notes.overlaps
  return first === undefined
    ? undefined
    : { oracle: 'one at a time', message: `${first} ran twice at once` }
}

/** Only who holds the lease writes; what the lease says at the head decides. */
export function leases({ trace, process }: Judgement): Violation | undefined {
  let holder = holderOf(trace.prologue.filter(isLease).at(-1))
  for (const [index, entry] of trace.log.entries()) {
    if (isLease(entry)) {
      holder = holderOf(entry)
      continue
    }
    const mustLead = holder !== undefined && entry.by.startsWith(process) && !isChatter(entry.kind)
    if (!mustLead || holder?.startsWith(`${entry.by}_`)) continue
    const message = `${entry.by} has written ${labelOf(subjectOf(entry))}, and the lease was held by ${holder || 'nobody'}`
    return { oracle: 'lease', message, write: index + 1 }
  }
  return undefined
}

const isLease = ({ kind, ref }: LogEntry): boolean =>
  kind.kind === Lease.kind && ref.name === 'controllers'

/** `undefined` where there is no election at all. */
const holderOf = (entry: LogEntry | undefined): string | undefined =>
  (entry?.after as { spec?: { holderIdentity?: string } } | undefined)?.spec?.holderIdentity

/** What was given as the reason of a removal is true when it happens, of the primary object as it is then. */
export function reasons({ trace, process }: Judgement): Violation | undefined {
  const { removals } = trace.notes
  if (removals.length === 0) return undefined
  const all = [...trace.prologue, ...trace.log]
  const head = headOf(trace.prologue)
  for (const [index, entry] of trace.log.entries()) {
    const { uid } = subjectOf(entry).metadata
    const own = endsLife(entry) && entry.by.startsWith(process)
    const asked = own ? removals.filter((removal) => removal.uid === uid) : []
    const [reason] = asked
    if (reason && !asked.some((one) => holds(one, head, all))) {
      const message = `${entry.by} has removed ${labelOf(subjectOf(entry))}, and what ${reason.controller} gave as the reason was not true of ${reason.primary.kind} ${reason.key.name} any more`
      return { oracle: 'because', message, write: index + 1 }
    }
    head.step(entry)
  }
  return undefined
}

/** Of an object that no write was about nothing is known: it is given the benefit of the doubt. */
function holds({ because, primary, key }: Removal, head: Head, log: readonly LogEntry[]): boolean {
  const now: KubernetesObject | undefined = head.get(primary, key)
  const isAbout = ({ kind, ref }: LogEntry) =>
    ref.name === key.name &&
    (ref.namespace ?? '') === key.namespace &&
    kindKey(kind) === kindKey(primary)
  return because(now) || (now === undefined && !log.some(isAbout))
}

/** A finalizer that stands for a clean-up goes after it. */
export function finalizers({ trace }: Judgement): Violation | undefined {
  const { finalizers: known, cleaned } = trace.notes
  for (const [index, { before, after }] of trace.log.entries()) {
    if (!before?.metadata.deletionTimestamp) continue
    const left = after?.metadata.finalizers ?? []
    for (const finalizer of before.metadata.finalizers ?? []) {
      const controller = known.get(finalizer)
      if (controller === undefined || left.includes(finalizer)) continue
      if (cleaned.has(`${controller} ${before.metadata.uid}`)) continue
      const message = `the finalizer ${finalizer} of ${labelOf(before)} is gone before ${controller} has cleaned up`
      return { oracle: 'finalizer', message, write: index + 1 }
    }
  }
  return undefined
}

/** With garbage collection nothing outlives all its owners. */
export function orphans({ trace, reference, collected }: Judgement): Violation | undefined {
  if (!collected) return undefined
  const all = [...trace.prologue, ...trace.log]
  const known = new Set(all.map((entry) => subjectOf(entry).metadata.uid))
  const left = [...headOf(all).all()]
  const alive = new Set(left.map(({ metadata }) => metadata.uid))
  for (const object of left) {
    const owners = object.metadata.ownerReferences ?? []
    // Of an owner that no write has been about, nothing is known.
    if (owners.length === 0 || owners.some(({ uid }) => alive.has(uid) || !known.has(uid))) continue
    if (reference.mask.hides(labelOf(object), '')) continue
    const message = `${labelOf(object)} is still there, and ${owners.map(({ kind, name }) => `${kind} ${name}`).join(', ')} is gone`
    return { oracle: 'orphans', message }
  }
  return undefined
}
