/**
 * Tries controllers against everything that can go wrong around them. It is a search, no proof: one thing goes wrong at
 * a time, in the scenario that it is given.
 */

import { planned } from './enumerate.ts'
import type { Plan } from './plan.ts'
import { SieveError } from './report.ts'
import { shrink } from './shrink.ts'
import { type Sifted, sift } from './sift.ts'
import type { Subject } from './subject.ts'
import { type Failure, referenceOf, type Scene, tryPlan } from './trial.ts'

/**
 * Runs a scenario once undisturbed, and again for everything that can go wrong on the way: a crash before and after each
 * write, each answer lost, each request refused, restarts that see each past, changes that are never seen, events that
 * come twice, another process that takes over, steps that are taken back. All of it must end as the first run did, with
 * nothing made or deleted that was not then, nothing left to write, and the promises of the framework kept.
 *
 *     await sieve({
 *       kinds: [Site],
 *       controllers: [siteController],
 *       scenario: [
 *         create(Site, { metadata: { name: 'a' }, spec: { image: 'web:1' } }),
 *         patch(Site, 'a', { spec: { replicas: 3 } }),
 *         remove(Site, 'a'),
 *       ],
 *     })
 *
 * @throws SieveError with the first plan that does harm, made as small as it gets
 */
export async function sieve(subject: Subject): Promise<Sifted> {
  if (subject.scenario.length === 0)
    throw new Error(
      'the scenario has no step, so nothing can go wrong: create(Kind, object), patch(...), remove(...)',
    )
  for await (const finding of sift(subject)) {
    if (finding.type === 'done') return finding.sifted
    throw new SieveError(subject, await shrink(subject, finding.failure), finding.sifted)
  }
  throw new Error('nothing was tried')
}

/** Tries every plan, whatever is found. Nothing is made smaller. */
export async function survey(subject: Subject): Promise<Sifted & { failures: Failure[] }> {
  const failures: Failure[] = []
  let last: Sifted | undefined
  for await (const { sifted, ...finding } of sift(subject)) {
    if (finding.type === 'failure') failures.push(finding.failure)
    last = sifted
  }
  return { ...(last as Sifted), failures }
}

/** One run of one plan, as a failure tells it. */
export interface Replay extends Scene {
  plan: Plan
}

/** @throws SieveError if the plan does harm */
export async function replay(subject: Subject, { seed, steps, plan }: Replay): Promise<void> {
  const { violation, ...reference } = await referenceOf(subject, { seed, steps })
  const fault = planned(plan, reference.trace)
  const failure =
    violation && plan.type === 'undisturbed'
      ? { planned: fault, violation, seed, steps, trace: reference.trace, reference }
      : await tryPlan(subject, { planned: fault, reference, steps, seed })
  if (failure) throw new SieveError(subject, failure)
}
