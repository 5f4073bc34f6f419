/**
 * What must hold of every run, whatever went wrong in it. Each oracle is a pure function of what the run has left
 * behind; the first that objects says why.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { type Kind, Lease } from '../../controllers/framework/index.ts'
import type { LogEntry } from '../log.ts'
import { Aliases, isChatter, labelOf, lineOf, textOf } from './canonical.ts'
import { type Head, headOf, subjectOf } from './head.ts'
import { type Totals, totalsOf } from './history.ts'
import { endDifferences, type Mask, totalDifferences } from './mask.ts'
import type { Plan } from './plan.ts'
import { endOf, type Trace } from './trace.ts'

export interface Violation {
  oracle: OracleName
  message: string
  /** Of the write that shows it, counted from one, where one does. */
  write?: number
}

export type OracleName =
  | 'convergence'
  | 'errors'
  | 'bounded work'
  | 'end state'
  | 'stability'
  | 'totals'
  | 'loss'
  | 'rollback'
  | 'always'
  | 'never'
  | 'eventually'
  | 'lease'
  | 'because'
  | 'finalizer'
  | 'orphans'
  | 'one at a time'
  | 'determinism'

/**
 * What a caller demands: looks at the objects as they are after a write. False, or an exception, is an objection;
 * `never` objects to true.
 */
export type Predicate = (head: Head) => unknown

export interface Demands {
  /** After every write. */
  always?: readonly Predicate[]
  /** After no write. */
  never?: readonly Predicate[]
  /** When nothing moves any more. */
  eventually?: readonly Predicate[]
}

/** The run against which others are measured. */
export interface Reference {
  trace: Trace
  end: ReadonlyMap<string, unknown>
  totals: ReadonlyMap<string, Totals>
  mask: Mask
}

export interface Judgement {
  plan: Plan
  trace: Trace
  reference: Reference
  demands: Demands
  /** The process whose controllers are under test. */
  process: string
  /** A garbage collector runs. */
  collected: boolean
}

type Oracle = (judgement: Judgement) => Violation | undefined

/** In the order of what explains most. */
const oracles: readonly Oracle[] = [
  overlaps,
  leases,
  reasons,
  finalizers,
  neverViolated,
  alwaysHeld,
  errors,
  convergence,
  loss,
  boundedWork,
  endState,
  totals,
  orphans,
  eventuallyHeld,
  stability,
]

export function judge(judgement: Judgement): Violation | undefined {
  for (const oracle of oracles) {
    const violation = oracle(judgement)
    if (violation) return violation
  }
  return undefined
}

/** Only what the controllers under test have made counts: others keep a history, and may. */
export function judgeRollback(judgement: Judgement): Violation | undefined {
  const { trace, reference, process } = judgement
  const own = new Set(
    trace.log.filter(({ by }) => by.startsWith(process)).map((entry) => labelOf(subjectOf(entry))),
  )
  const wrong = convergence(judgement) ?? errors(judgement)
  if (wrong) return wrong
  const found = endDifferences(reference.end, endOf(trace)).find(
    ({ label, path }) =>
      own.has(label) &&
      !path.startsWith('.metadata.managedFields') &&
      !reference.mask.hides(label, path),
  )
  if (!found) return undefined
  const message = `taken back, and yet ${found.path} of ${found.label} is ${textOf(found.actual)}, and was ${textOf(found.expected)} before`
  return { oracle: 'rollback', message }
}

function convergence({ trace }: Judgement): Violation | undefined {
  return trace.unsettled === undefined
    ? undefined
    : { oracle: 'convergence', message: `it does not come to rest: ${trace.unsettled}` }
}

function errors({ trace }: Judgement): Violation | undefined {
  const [first] = trace.errors
  return first === undefined ? undefined : { oracle: 'errors', message: first }
}

/** So many times the work of the undisturbed run, and so much more, is work without end. */
const workFactor = 10
const workMargin = 100

function boundedWork({ trace, reference }: Judgement): Violation | undefined {
  const bound = reference.trace.notes.reconciles * workFactor + workMargin
  const { reconciles } = trace.notes
  if (reconciles <= bound) return undefined
  const message = `reconcile ran ${reconciles} times, where ${reference.trace.notes.reconciles} do when nothing goes wrong`
  return { oracle: 'bounded work', message }
}

function endState({ plan, trace, reference }: Judgement): Violation | undefined {
  const found = endDifferences(reference.end, endOf(trace)).filter(
    ({ label, path }) => !reference.mask.hides(label, path) && !mayDiffer(plan, path),
  )
  const [first] = found
  if (!first) return undefined
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : ''
  const what = first.path === '' ? first.label : `${first.path} of ${first.label}`
  const message = `${what} is ${textOf(first.actual)} in the end, and ${textOf(first.expected)} when nothing goes wrong${more}`
  return { oracle: 'end state', message }
}

/** Who owned a field when is history, which may go another way where states are skipped. */
const mayDiffer = ({ type }: Plan, path: string): boolean =>
  (type === 'unobserved' || type === 'stale') && path.startsWith('.metadata.managedFields')

/** What is there until the end when nothing goes wrong is not deleted, even if it is made again: its contents are gone. */
function loss({ trace, reference }: Judgement): Violation | undefined {
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
function totals({ plan, trace, reference }: Judgement): Violation | undefined {
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

function stability({ trace }: Judgement): Violation | undefined {
  const [first] = trace.afterResync
  if (!first) return undefined
  const aliases = Aliases.of([...trace.log, ...trace.afterResync])
  const message = `nothing has changed, and yet all keys run once more write ${trace.afterResync.length} times: ${lineOf(first, aliases)}`
  return { oracle: 'stability', message }
}

function overlaps({ trace }: Judgement): Violation | undefined {
  const [first] = trace.notes.overlaps
  return first === undefined
    ? undefined
    : { oracle: 'one at a time', message: `${first} ran twice at once` }
}

function alwaysHeld({ trace, demands }: Judgement): Violation | undefined {
  return eachMoment(trace, (head, write) => {
    for (const demand of demands.always ?? []) {
      const objection = objectionOf(demand, head, true)
      if (objection) return { oracle: 'always', message: objection, write }
    }
    return undefined
  })
}

function neverViolated({ trace, demands }: Judgement): Violation | undefined {
  return eachMoment(trace, (head, write) => {
    for (const demand of demands.never ?? []) {
      const objection = objectionOf(demand, head, false)
      if (objection) return { oracle: 'never', message: objection, write }
    }
    return undefined
  })
}

function eventuallyHeld({ trace, demands }: Judgement): Violation | undefined {
  const head = headOf([...trace.prologue, ...trace.log])
  for (const demand of demands.eventually ?? []) {
    const objection = objectionOf(demand, head, true)
    if (objection) return { oracle: 'eventually', message: objection }
  }
  return undefined
}

function objectionOf(demand: Predicate, head: Head, wanted: boolean): string | undefined {
  const name = demand.name || demand.toString().replace(/\s+/g, ' ')
  try {
    const answer = demand(head)
    if (wanted ? answer !== false : answer !== true) return undefined
    return wanted ? `what must hold does not: ${name}` : `what must never be is: ${name}`
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The first objection of any moment. */
function eachMoment(
  { prologue, log }: Trace,
  look: (head: Head, write: number) => Violation | undefined,
): Violation | undefined {
  const head = headOf(prologue)
  for (const [index, entry] of log.entries()) {
    head.step(entry)
    const violation = look(head, index + 1)
    if (violation) return violation
  }
  return undefined
}

/** Only who holds the lease writes; what the lease says at the head decides. */
function leases({ trace, process }: Judgement): Violation | undefined {
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
function reasons({ trace, process }: Judgement): Violation | undefined {
  const { removals } = trace.notes
  if (removals.length === 0) return undefined
  const head = headOf(trace.prologue)
  for (const [index, entry] of trace.log.entries()) {
    const { uid } = subjectOf(entry).metadata
    const own = endsLife(entry) && entry.by.startsWith(process)
    const asked = own ? removals.filter((removal) => removal.uid === uid) : []
    const [reason] = asked
    if (reason && !asked.some((one) => one.because(primaryOf(one, head)))) {
      const message = `${entry.by} has removed ${labelOf(subjectOf(entry))}, and what ${reason.controller} gave as the reason was not true of ${reason.primary.kind} ${reason.key.name} any more`
      return { oracle: 'because', message, write: index + 1 }
    }
    head.step(entry)
  }
  return undefined
}

const endsLife = ({ type, before, after }: LogEntry): boolean =>
  (type === 'deleted' && !before?.metadata.deletionTimestamp) ||
  (type === 'updated' && !before?.metadata.deletionTimestamp && !!after?.metadata.deletionTimestamp)

const primaryOf = (
  { primary, key }: { primary: Kind; key: { namespace: string; name: string } },
  head: Head,
): KubernetesObject | undefined => head.get(primary, key)

/** A finalizer that stands for a clean-up goes after it. */
function finalizers({ trace }: Judgement): Violation | undefined {
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
function orphans({ trace, reference, collected }: Judgement): Violation | undefined {
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
