/** Makes a failure small: as few steps as possible, then the plan that says most simply what goes wrong. */

import { enumeratePlans } from './enumerate.ts'
import type { Plan } from './plan.ts'
import type { Step } from './steps.ts'
import { readKinds, type Subject } from './subject.ts'
import { type Failure, referenceOf, tryPlan } from './trial.ts'

/** Runs that one failure is worth. */
const maxRuns = 200

export async function shrink(subject: Subject, failure: Failure): Promise<Failure> {
  const budget = { runs: maxRuns }
  let smallest = failure
  let at = smallest.steps.length - 1
  while (at >= 0 && budget.runs > 0) {
    const steps = smallest.steps.filter((_, index) => index !== at)
    const found = await sameFailure(subject, smallest, steps, budget)
    if (found) smallest = found
    at = Math.min(at - 1, smallest.steps.length - 1)
  }
  return (await simplest(subject, smallest, budget)) ?? smallest
}

/** A failure of the same oracle and the same type of plan in fewer steps. */
async function sameFailure(
  subject: Subject,
  { planned, violation, seed }: Failure,
  steps: readonly Step[],
  budget: { runs: number },
): Promise<Failure | undefined> {
  if (steps.length === 0) return undefined
  budget.runs -= 2
  const settled = await referenceOf(subject, { steps, seed }).catch(() => undefined)
  // A step that needs one that is gone makes no scenario.
  if (!settled) return undefined
  const { violation: wrong, ...reference } = settled
  const { trace } = reference
  if (planned.plan.type === 'undisturbed' || wrong)
    return wrong?.oracle === violation.oracle && planned.plan.type === 'undisturbed'
      ? { planned, violation: wrong, steps, seed, trace, reference }
      : undefined
  const kinds = readKinds(subject)
  const plans = enumeratePlans({ trace, kinds, steps, only: [planned.plan.type] })
  const alike = plans.filter(({ plan }) => isAlike(plan, planned.plan))
  for (const candidate of alike.sort(byLikeness(planned.words))) {
    if (budget.runs-- <= 0) return undefined
    const found = await tryPlan(subject, { planned: candidate, steps, seed, reference })
    if (found?.violation.oracle === violation.oracle) return found
  }
  return undefined
}

/** With numbers left out, what is said of both is the same. */
const byLikeness =
  (words: string) =>
  (one: { words: string }, other: { words: string }): number =>
    Number(shape(other.words) === shape(words)) - Number(shape(one.words) === shape(words))

const shape = (words: string): string => words.replace(/\d+/g, '')

function isAlike(one: Plan, other: Plan): boolean {
  if (one.type !== other.type) return false
  switch (one.type) {
    case 'crash':
    case 'lost-reply':
      return one.applied === (other as typeof one).applied
    case 'refused':
      return one.reason === (other as typeof one).reason
    case 'stale':
      return one.views.length <= (other as typeof one).views.length
    case 'unobserved':
      return one.as === (other as typeof one).as
    case 'duplicate':
    case 'rollback':
    case 'takeover':
    case 'undisturbed':
      return true
    default:
      return one satisfies never
  }
}

/** Fewer kinds that are seen late, a shorter time that is not seen. */
async function simplest(
  subject: Subject,
  { planned, violation, seed, steps, reference }: Failure,
  budget: { runs: number },
): Promise<Failure | undefined> {
  const { plan } = planned
  const kinds = readKinds(subject)
  const { trace } = reference
  const simpler = enumeratePlans({ trace, kinds, steps, only: [plan.type] }).filter(
    (candidate) => isAlike(candidate.plan, plan) && weight(candidate.plan) < weight(plan),
  )
  for (const candidate of simpler.sort((a, b) => weight(a.plan) - weight(b.plan))) {
    if (budget.runs-- <= 0) return undefined
    const found = await tryPlan(subject, { planned: candidate, steps, seed, reference })
    if (found?.violation.oracle === violation.oracle) return found
  }
  return undefined
}

function weight(plan: Plan): number {
  if (plan.type === 'stale') return plan.views.length
  if (plan.type !== 'unobserved') return 0
  return plan.to === 'end' ? Number.POSITIVE_INFINITY : plan.to - plan.from
}
