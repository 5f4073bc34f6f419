/** How a run must end: at rest, in the same state as when nothing goes wrong, and with nothing left to write. */

import { Aliases, lineOf, textOf } from './canonical.ts'
import type { Judgement, Violation } from './judgement.ts'
import { endDifferences } from './mask.ts'
import type { Plan } from './plan.ts'
import { endOf } from './trace.ts'

export function convergence({ trace }: Judgement): Violation | undefined {
  return trace.unsettled === undefined
    ? undefined
    : { oracle: 'convergence', message: `it does not come to rest: ${trace.unsettled}` }
}

export function errors({ trace }: Judgement): Violation | undefined {
  const [first] = trace.errors
  return first === undefined ? undefined : { oracle: 'errors', message: first }
}

/** So many times the work of the undisturbed run, and so much more, is work without end. */
const workFactor = 10
const workMargin = 100

export function boundedWork({ trace, reference }: Judgement): Violation | undefined {
  const bound = reference.trace.notes.reconciles * workFactor + workMargin
  const { reconciles } = trace.notes
  if (reconciles <= bound) return undefined
  const message = `reconcile ran ${reconciles} times, where ${reference.trace.notes.reconciles} do when nothing goes wrong`
  return { oracle: 'bounded work', message }
}

export function endState({ plan, trace, reference }: Judgement): Violation | undefined {
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

export function stability({ trace }: Judgement): Violation | undefined {
  const [first] = trace.afterResync
  if (!first) return undefined
  const aliases = Aliases.of([...trace.log, ...trace.afterResync])
  const message = `nothing has changed, and yet all keys run once more write ${trace.afterResync.length} times: ${lineOf(first, aliases)}`
  return { oracle: 'stability', message }
}
