/**
 * Tries controllers against everything that can go wrong around them: it runs a scenario once undisturbed, and again
 * for each request that may be lost, each crash, each old view and each unseen change; all of these runs must end as
 * the first one did. It is a search, no proof: one thing goes wrong at a time.
 *
 *     await sieve({
 *       kinds: [Site],
 *       controllers: [siteController],
 *       scenario: [create(site), patch(Site, 'a', { spec: { replicas: 3 } }), remove(Site, 'a')],
 *     })
 */

import { type Plan, wordsOf } from './plan.ts'
import { SieveError } from './report.ts'
import { shrink } from './shrink.ts'
import { type Sifted, sift } from './sift.ts'
import type { Subject } from './subject.ts'
import { type Failure, referenceOf, type Scene, tryPlan } from './trial.ts'

/** @throws SieveError with the first plan that does harm, made as small as it gets */
export async function sieve(subject: Subject): Promise<Sifted> {
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
  const planned = { plan, words: wordsOf(plan) }
  const failure =
    violation && plan.type === 'undisturbed'
      ? { planned, violation, seed, steps, trace: reference.trace, reference }
      : await tryPlan(subject, { reference, steps, seed, planned })
  if (failure) throw new SieveError(subject, failure)
}
