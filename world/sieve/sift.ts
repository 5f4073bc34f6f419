/** Tries the plans of a subject one after the other and tells of each that does harm. */

import { type Random, seededRandom } from '../../ports/random.ts'
import { enumeratePlans } from './enumerate.ts'
import type { PlannedFault, PlanType } from './plan.ts'
import { attempt } from './run.ts'
import { readKinds, type Subject, testedBy } from './subject.ts'
import { fingerprint } from './trace.ts'
import { type Failure, referenceOf, tryPlan, undetermined } from './trial.ts'

/** What was tried. */
export interface Sifted {
  /** Plans that the scenario gives reason for. */
  plans: number
  /** Plans that were tried; where there are more than `maxPlans`, so many were drawn. */
  tried: number
  byType: Readonly<Partial<Record<PlanType, number>>>
  /** Writes of the undisturbed run. */
  writes: number
}

export type Finding =
  | { type: 'failure'; failure: Failure; sifted: Sifted }
  | { type: 'done'; sifted: Sifted }

export async function* sift(subject: Subject): AsyncGenerator<Finding> {
  const { scenario: steps, seed = 1, maxPlans = 2_000 } = subject
  const undisturbed = { plan: { type: 'undisturbed' }, words: 'nothing goes wrong' } as const
  const { violation: wrong, ...reference } = await referenceOf(subject, { steps, seed })
  const { trace } = reference
  const sifted = { plans: 0, tried: 0, byType: {}, writes: trace.log.length }
  const again = await attempt(subject, { plan: undisturbed.plan, steps, seed })
  const violation = fingerprint(again) === fingerprint(trace) ? wrong : undetermined
  if (violation) {
    const failure = { planned: undisturbed, violation, steps, seed, trace, reference }
    yield { type: 'failure', failure, sifted }
    return
  }
  const { only } = subject
  // Nobody takes over from a process that runs once.
  const except = [...(subject.except ?? []), ...(subject.process ? (['takeover'] as const) : [])]
  const kinds = readKinds(subject)
  const restarts = subject.thorough ? testedBy(subject) : undefined
  const all = enumeratePlans({ trace, kinds, steps, only, except, restarts })
  const chosen = choose(all, maxPlans, seededRandom(seed))
  const byType: Partial<Record<PlanType, number>> = {}
  let tried = 0
  for (const planned of chosen) {
    const failure = await tryPlan(subject, { planned, steps, seed, reference })
    tried++
    byType[planned.plan.type] = (byType[planned.plan.type] ?? 0) + 1
    if (failure)
      yield { type: 'failure', failure, sifted: { ...sifted, plans: all.length, tried, byType } }
  }
  yield { type: 'done', sifted: { ...sifted, plans: all.length, tried, byType } }
}

/** So many at most, drawn without repetition and kept in order. */
function choose(all: PlannedFault[], most: number, random: Random): PlannedFault[] {
  if (all.length <= most) return all
  const places = all.map((_, index) => index)
  for (let at = 0; at < most; at++) {
    const other = at + Math.floor(random.next() * (places.length - at))
    const taken = places[other]!
    places[other] = places[at]!
    places[at] = taken
  }
  return places
    .slice(0, most)
    .sort((a, b) => a - b)
    .map((index) => all[index]!)
}
