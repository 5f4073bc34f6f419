/**
 * Every plan that one undisturbed run gives reason for: each request may be lost, refused or the last one of the
 * process, each past of what it reads may come back when it starts anew, each series of changes may go by unseen. What
 * would change nothing is left out; nothing is drawn.
 */

import { type Kind, kindKey, type Ref } from '../../controllers/framework/index.ts'
import { isWrite, type WorldRequest } from '../faults.ts'
import type { LogEntry } from '../log.ts'
import { isChatter, labelOf } from './canonical.ts'
import { placeOf, subjectOf } from './head.ts'
import { type Plan, type PlannedFault, type PlanType, type Refusal, wordsOf } from './plan.ts'
import { bare, type Step } from './steps.ts'
import type { ReadKinds, Trace } from './trace.ts'

export interface Enumeration {
  trace: Trace
  kinds: ReadKinds
  steps: readonly Step[]
  /** Types of plans that are wanted, all without it, and those that are not. */
  only?: readonly PlanType[] | undefined
  except?: readonly PlanType[] | undefined
  /** The process whose own writes are moments to start it anew on an old view; none without it. */
  restarts?: string | undefined
}

/** No more changes than so many are held back at once, unless it is until the end. */
const widestWindow = 6

export function enumeratePlans({
  trace,
  kinds,
  steps,
  only,
  except = [],
  restarts,
}: Enumeration): PlannedFault[] {
  const all: Plan[] = [
    ...crashes(trace),
    ...lostReplies(trace),
    ...refusals(trace),
    ...staleViews(trace, kinds, restarts),
    ...unobserved(trace, kinds),
    ...duplicates(trace, kinds),
    ...takeovers(trace),
    ...rollbacks(steps),
  ]
  const wanted = all.filter(({ type }) => (only?.includes(type) ?? true) && !except.includes(type))
  return wanted.map((plan) => planned(plan, trace))
}

const writesOf = ({ requests }: Trace): number[] =>
  requests.flatMap(({ request }, index) => (isWrite(request) ? [index + 1] : []))

const crashes = (trace: Trace): Plan[] =>
  writesOf(trace).flatMap((request) =>
    [true, false].map((applied): Plan => ({ type: 'crash', request, applied })),
  )

const lostReplies = (trace: Trace): Plan[] =>
  writesOf(trace).flatMap((request) =>
    [true, false].map((applied): Plan => ({ type: 'lost-reply', request, applied })),
  )

const refusals = ({ requests }: Trace): Plan[] =>
  requests.flatMap(({ request }, index) =>
    reasonsFor(request).map((reason): Plan => ({ type: 'refused', request: index + 1, reason })),
  )

const conflicting = new Set(['update', 'patch', 'apply'])

const reasonsFor = (request: WorldRequest): Refusal[] => [
  'TooManyRequests',
  'InternalError',
  ...(conflicting.has(request.verb) ? (['Conflict'] as const) : []),
]

/** Restarts where nothing moves or after writes of a process, with each kind as it was at each moment before, alone and with all others. */
function staleViews({ log, settled }: Trace, kinds: ReadKinds, process?: string): Plan[] {
  const written = log.flatMap((entry, index) =>
    entry.by === process && !isChatter(entry.kind) ? [index + 1] : [],
  )
  const restarts = [...new Set([...settled, ...written])].sort((a, b) => a - b)
  return restarts.flatMap((restart) => {
    const pasts = kinds.map((kind) => ({
      kind: bare(kind),
      moments: pastsOf(log, [kind], restart),
    }))
    const alone = pasts.flatMap(({ kind, moments }) => moments.map((after) => [{ kind, after }]))
    const together = pastsOf(log, kinds, restart).map((after) =>
      kinds.map((kind) => ({ kind: bare(kind), after })),
    )
    const all = kinds.length > 1 ? [...alone, ...together] : alone
    return all.map((views): Plan => ({ type: 'stale', restart, views }))
  })
}

/** The moments before `until` at which the kinds looked different from one another, the last one left out. */
function pastsOf(log: readonly LogEntry[], kinds: ReadKinds, until: number): number[] {
  const keys = new Set(kinds.map(kindKey))
  const changes = log
    .slice(0, until)
    .flatMap((entry, index) => (keys.has(kindKey(entry.kind)) ? [index + 1] : []))
  return changes.length === 0 ? [] : [0, ...changes.slice(0, -1)]
}

function unobserved({ log }: Trace, kinds: ReadKinds): Plan[] {
  const read = new Set(kinds.map(kindKey))
  const objects = new Map<string, { kind: Kind; ref: Ref; changes: number }>()
  for (const entry of log) {
    if (!read.has(kindKey(entry.kind))) continue
    const id = `${kindKey(entry.kind)} ${placeOf(entry.ref.namespace, entry.ref.name)}`
    const known = objects.get(id)
    if (known) known.changes++
    else objects.set(id, { kind: bare(entry.kind), ref: entry.ref, changes: 1 })
  }
  return [...objects.values()].flatMap(({ kind, ref, changes }) =>
    windows(changes).flatMap(([from, to]) =>
      (['relist', 'events'] as const).map(
        (as): Plan => ({ type: 'unobserved', kind, ref, from, to, as }),
      ),
    ),
  )
}

function windows(changes: number): [number, number | 'end'][] {
  const all: [number, number | 'end'][] = []
  for (let from = 1; from <= changes; from++) {
    for (let to = from + 1; to <= Math.min(changes, from + widestWindow); to++) all.push([from, to])
    all.push([from, 'end'])
  }
  return all
}

function duplicates({ log }: Trace, kinds: ReadKinds): Plan[] {
  const read = new Set(kinds.map(kindKey))
  return log.flatMap((entry, index): Plan[] =>
    read.has(kindKey(entry.kind))
      ? [{ type: 'duplicate', kind: bare(entry.kind), after: index + 1 }]
      : [],
  )
}

const takeovers = (trace: Trace): Plan[] =>
  writesOf(trace).map((request) => ({ type: 'takeover', request }))

const rollbacks = (steps: readonly Step[]): Plan[] =>
  steps.flatMap((step, index): Plan[] =>
    step.do === 'patch' && step.subresource === undefined
      ? [{ type: 'rollback', step: index + 1 }]
      : [],
  )

/** @param trace of the run in which nothing goes wrong */
export const planned = (plan: Plan, trace: Trace): PlannedFault => ({
  plan,
  words: wordsOf(plan, subjectsOf(plan, trace)),
})

/** What a plan is about, for its words. */
function subjectsOf(plan: Plan, trace: Trace): { request?: string; write?: string } {
  if ('request' in plan) {
    const asked = trace.requests[plan.request - 1]
    return asked ? { request: requestWords(asked.request) } : {}
  }
  const after = plan.type === 'stale' ? plan.restart : plan.type === 'duplicate' ? plan.after : 0
  const entry = trace.log[after - 1]
  return entry ? { write: `${entry.by} ${entry.type} ${labelOf(subjectOf(entry))}` } : {}
}

export function requestWords({ verb, kind, ref, subresource, body }: WorldRequest): string {
  const made = (body as { metadata?: { generateName?: string } } | undefined)?.metadata
  const name = ref?.name ?? (made?.generateName ? `${made.generateName}*` : '')
  const place = placeOf(ref?.namespace, name)
  return `${verb} ${kind?.kind ?? ''} ${place}${subresource ? ` (${subresource})` : ''}`
}
