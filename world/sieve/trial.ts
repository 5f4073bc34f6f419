/** One plan tried: run, judged against the run in which nothing goes wrong, and run once more where it fails. */

import { totalsOf } from './history.ts'
import type { Reference, Violation } from './judgement.ts'
import { Mask } from './mask.ts'
import { judge, judgeRollback } from './oracles.ts'
import type { PlannedFault } from './plan.ts'
import { attempt } from './run.ts'
import type { Step } from './steps.ts'
import { isCollected, type Subject, testedBy } from './subject.ts'
import { endOf, fingerprint, type Trace } from './trace.ts'

export interface Scene {
  steps: readonly Step[]
  seed: number
}

/** One plan under which a subject does not do what it should. */
export interface Failure extends Scene {
  planned: PlannedFault
  violation: Violation
  trace: Trace
  reference: Reference
}

/**
 * The run in which nothing goes wrong, twice: with another seed, for what differs by chance, which is not compared.
 * `violation` says that something is wrong all the same.
 */
export async function referenceOf(
  subject: Subject,
  { steps, seed }: Scene,
): Promise<Reference & { violation?: Violation }> {
  const plan = { type: 'undisturbed' } as const
  const trace = await attempt(subject, { plan, steps, seed })
  const [wrong] = trace.errors
  if (wrong !== undefined) throw new Error(`the scenario fails though nothing goes wrong: ${wrong}`)
  const other = await attempt(subject, { plan, steps, seed: seed + 1 })
  const mask = new Mask(subject.ignore)
  const end = endOf(trace)
  const totals = totalsOf(trace.log)
  mask.learn(end, endOf(other))
  mask.learnTotals(totals, totalsOf(other.log))
  const reference = { trace, end, totals, mask }
  const violation = judge(judgementOf(subject, plan, trace, reference))
  return violation ? { ...reference, violation } : reference
}

export interface Trial extends Scene {
  planned: PlannedFault
  reference: Reference
}

export async function tryPlan(subject: Subject, trial: Trial): Promise<Failure | undefined> {
  const { planned, steps, seed } = trial
  const { plan } = planned
  const trace = await attempt(subject, { plan, steps, seed })
  const reference = await measureOf(subject, trial)
  const judgement = judgementOf(subject, plan, trace, reference)
  const violation = plan.type === 'rollback' ? judgeRollback(judgement) : judge(judgement)
  if (!violation) return undefined
  const again = await attempt(subject, { plan, steps, seed })
  const same = fingerprint(again) === fingerprint(trace)
  return { planned, steps, seed, trace, reference, violation: same ? violation : undetermined }
}

export const undetermined: Violation = {
  oracle: 'determinism',
  message:
    'two runs of one plan and one seed differ: a controller uses time, randomness or the network past its context',
}

/** What is taken back must end as if it had never been. */
function measureOf(
  subject: Subject,
  { planned: { plan }, steps, seed, reference }: Trial,
): Promise<Reference> | Reference {
  if (plan.type !== 'rollback') return reference
  return referenceOf(subject, { steps: steps.slice(0, plan.step - 1), seed })
}

const judgementOf = (
  subject: Subject,
  plan: PlannedFault['plan'],
  trace: Trace,
  reference: Reference,
) => ({
  plan,
  trace,
  reference,
  demands: subject,
  process: testedBy(subject),
  collected: isCollected(subject),
})
