/**
 * What a PodDisruptionBudget's status says of its pods: how many are healthy, how many must be, how many may go. Pure;
 * who the pods' controllers are and how many they want comes in.
 */

import { isPodReady } from '../../api/pod-status.ts'
import type { PodDisruptionBudget, Pod as PodObject } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'

export type BudgetStatus = NonNullable<PodDisruptionBudget['status']>

/** An eviction that has not become a deletion after so long never will. */
const unconfirmedMs = 120_000

export interface Counted {
  budget: PodDisruptionBudget
  pods: readonly PodObject[]
  /** How many pods the controllers of these want together; not asked for a number that is no share of them. */
  expected(): number
  now: number
}

/** @throws Error where it cannot be counted: `expected` says why */
export function budgetStatus({ budget, pods, expected, now }: Counted): BudgetStatus {
  const { expectedPods, desiredHealthy } = demand(budget, pods.length, expected)
  const disruptedPods = unconfirmed(budget, pods, now)
  const currentHealthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      !Object.hasOwn(disruptedPods, pod.metadata.name ?? '') &&
      isPodReady(pod),
  ).length
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy)
  return {
    observedGeneration: budget.metadata.generation ?? 0,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed,
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
    conditions: conditions(
      budget,
      disruptionsAllowed > 0
        ? { status: 'True', reason: 'SufficientPods', message: '' }
        : { status: 'False', reason: 'InsufficientPods', message: '' },
      now,
    ),
  }
}

/** Nothing may go while nobody knows how many there should be. */
export function failedStatus(
  budget: PodDisruptionBudget,
  message: string,
  now: number,
): BudgetStatus {
  const why = { status: 'False', reason: 'SyncFailed', message }
  return {
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
    ...budget.status,
    disruptionsAllowed: 0,
    observedGeneration: budget.metadata.generation ?? 0,
    conditions: conditions(budget, why, now),
  }
}

function demand(
  { spec }: PodDisruptionBudget,
  pods: number,
  expected: () => number,
): { expectedPods: number; desiredHealthy: number } {
  const { minAvailable, maxUnavailable } = spec ?? {}
  if (maxUnavailable !== undefined) {
    const expectedPods = expected()
    const desiredHealthy = Math.max(0, expectedPods - share(maxUnavailable, expectedPods))
    return { expectedPods, desiredHealthy }
  }
  if (typeof minAvailable === 'number') return { expectedPods: pods, desiredHealthy: minAvailable }
  if (minAvailable === undefined) return { expectedPods: pods, desiredHealthy: 0 }
  const expectedPods = expected()
  return { expectedPods, desiredHealthy: share(minAvailable, expectedPods) }
}

/** A percentage is rounded up, whichever side it counts on. */
const share = (value: number | string, of: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100)

/** Evictions that are allowed but not seen yet: their pods count as gone. */
function unconfirmed(
  { status }: PodDisruptionBudget,
  pods: readonly PodObject[],
  now: number,
): Record<string, string> {
  const here = new Map(pods.map((pod) => [pod.metadata.name, pod]))
  return Object.fromEntries(
    Object.entries(status?.disruptedPods ?? {}).filter(([name, since]) => {
      const pod = here.get(name)
      if (!pod || pod.metadata.deletionTimestamp !== undefined) return false
      return Date.parse(since) + unconfirmedMs > now
    }),
  )
}

/** Milliseconds until the first unconfirmed eviction counts no longer. */
export function nextExpiry(status: BudgetStatus, now: number): number | undefined {
  const times = Object.values(status.disruptedPods ?? {}).map(
    (since) => Date.parse(since) + unconfirmedMs - now,
  )
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times))
}

function conditions(
  { metadata, status }: PodDisruptionBudget,
  { status: value, ...why }: { status: string; reason: string; message: string },
  now: number,
): BudgetStatus['conditions'] {
  const type = 'DisruptionAllowed'
  const all = status?.conditions ?? []
  const before = all.find((condition) => condition.type === type)
  const since = before?.status === value ? before.lastTransitionTime : time(now)
  const observedGeneration = metadata.generation
  return [
    ...all.filter((condition) => condition.type !== type),
    { type, status: value, ...why, observedGeneration, lastTransitionTime: since },
  ]
}
