/**
 * What goes wrong in one run: a plan is plain data, so that a failure can be printed, pasted and replayed. Requests and
 * writes are counted from the moment at which the scenario begins, from one.
 */

import { apiVersion, type Kind, type Ref } from '../../controllers/framework/index.ts'
import { placeOf } from './head.ts'

export type Refusal = 'Conflict' | 'TooManyRequests' | 'InternalError'

/** One kind of a process' view, as of the moment after so many writes of the log. */
export interface StaleView {
  kind: Kind
  after: number
}

export type Plan =
  /** Nothing goes wrong. */
  | { type: 'undisturbed' }
  /** The process ends at its request: it never hears the answer, all that it remembers is gone. It starts anew. */
  | { type: 'crash'; request: number; applied: boolean }
  /** The process lives on, but gets a `ConnectionError` instead of the answer. */
  | { type: 'lost-reply'; request: number; applied: boolean }
  | { type: 'refused'; request: number; reason: Refusal }
  /** After so many writes the process starts anew, and what it reads is old for a while. */
  | { type: 'stale'; restart: number; views: StaleView[] }
  /**
   * From its `from`th change on the process does not see an object, until the `to`th has been written, or all is done:
   * then it gets all events, or only the last state (a relist).
   */
  | {
      type: 'unobserved'
      kind: Kind
      ref: Ref
      from: number
      to: number | 'end'
      as: 'events' | 'relist'
    }
  /** The last event of a kind comes twice. */
  | { type: 'duplicate'; kind: Kind; after: number }
  /** The process loses its lease after its request was applied, and another process takes over. */
  | { type: 'takeover'; request: number }
  /** A step is taken back once all is done: the end must be as if it had never been. */
  | { type: 'rollback'; step: number }

export type PlanType = Plan['type']

/** A plan with the sentence that says what it does. */
export interface PlannedFault {
  plan: Plan
  words: string
}

const nameOf = (kind: Kind, { namespace, name }: Ref): string =>
  `${kind.kind} ${placeOf(namespace, name)}`
const answers: Record<Refusal, string> = {
  Conflict: '409 Conflict',
  TooManyRequests: '429 Too Many Requests',
  InternalError: '500 Internal Server Error',
}

/**
 * @param request what is asked with the plan's request: `create Secret default/a`
 * @param write what the plan's write is: `user updated Site default/a`
 */
export function wordsOf(plan: Plan, { request = '', write = '' } = {}): string {
  switch (plan.type) {
    case 'undisturbed':
      return 'nothing goes wrong'
    case 'crash':
      return `the process crashes at its request ${plan.request} (${request}), ${plan.applied ? 'which has been applied' : 'before it is applied'}, and starts anew`
    case 'lost-reply':
      return `the answer to request ${plan.request} (${request}) is lost; the request was ${plan.applied ? 'applied' : 'not applied'}`
    case 'refused':
      return `request ${plan.request} (${request}) is answered with ${answers[plan.reason]}`
    case 'stale':
      return `the process starts anew after write ${plan.restart} (${write}) and sees ${plan.views.map(oldView).join(', ')} until nothing moves any more`
    case 'unobserved':
      return `the process does not see change ${plan.from} of ${nameOf(plan.kind, plan.ref)}, nor what follows, until ${plan.to === 'end' ? 'all is done' : `change ${plan.to} is written`}; then ${plan.as === 'events' ? 'all events come, late' : 'it lists again, and sees the last state only'}`
    case 'duplicate':
      return `the event of write ${plan.after} (${write}) comes twice`
    case 'takeover':
      return `the process loses its lease at its request ${plan.request} (${request}), which has been applied, and another takes over`
    case 'rollback':
      return `step ${plan.step} is taken back at the end`
    default:
      return plan satisfies never
  }
}

const oldView = ({ kind, after }: StaleView): string =>
  `${kind.plural} (${apiVersion(kind)}) as of ${after === 0 ? 'the beginning' : `write ${after}`}`
