/**
 * What a PodDisruptionBudget says to the eviction of one of its pods. Pure: the budget goes in, the budget with one
 * disruption less comes out, or the refusal that clients wait on and try again.
 */

import { isPodReady } from '../../api/pod-status.ts'
import { fromLabelSelector, selectorMatches } from '../../api/selector.ts'
import type { Pod, PodDisruptionBudget } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import { forbidden, plainError, tooManyRequests } from '../http/status.ts'

/** Evictions that the budget's controller has not yet seen happen. */
const mostUnconfirmed = 2_000
const resource = { group: 'policy', plural: 'poddisruptionbudgets' }

/** A pod that serves nobody (any more, or yet) disturbs nobody by going. */
export function needsNoBudget(pod: Pod): boolean {
  return (pod.status?.phase ?? 'Pending') !== 'Running' || canNotServe(pod)
}

/** What has ended or is going cannot come to serve before it is gone. */
export function canNotServe({ metadata, status }: Pod): boolean {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return ended || metadata.deletionTimestamp !== undefined
}

/** The budget that speaks for the pod. @throws StatusError 500 where there are several */
export function budgetOf(
  { metadata: { labels } }: Pod,
  budgets: Iterable<PodDisruptionBudget>,
): PodDisruptionBudget | undefined {
  const found = [...budgets].filter(({ spec }) => {
    const selector = fromLabelSelector(spec?.selector)
    return selector !== undefined && selectorMatches(selector, labels)
  })
  if (found.length > 1)
    throw plainError(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  return found[0]
}

/** Whether a pod that does not serve may go although the budget allows no disruption. */
export function ignoresBudget(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (isPodReady(pod)) return false
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

/** The budget after the pod has gone. @throws StatusError 403, 429 */
export function withOneLess(
  budget: PodDisruptionBudget,
  podName: string,
  now: number,
): PodDisruptionBudget {
  const { metadata, status } = budget
  const { name = '', generation = 0 } = metadata
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status ?? {}
  if (observedGeneration < generation)
    throw refusal(10, `The disruption budget ${name} is still being processed by the server.`)
  if (disruptionsAllowed < 0) throw forbidden(resource, name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > mostUnconfirmed)
    throw forbidden(
      resource,
      name,
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    )
  if (disruptionsAllowed === 0) throw refusal(0, needs(budget))
  const left = disruptionsAllowed - 1
  return {
    ...budget,
    status: {
      ...status!,
      disruptionsAllowed: left,
      disruptedPods: { ...disruptedPods, [podName]: time(now) },
      ...(left === 0 && { conditions: exhausted(budget, now) }),
    },
  }
}

function needs({ metadata, status }: PodDisruptionBudget): string {
  const failed = status?.conditions?.find(
    ({ type, reason, status }) =>
      type === 'DisruptionAllowed' && reason === 'SyncFailed' && status === 'False',
  )
  if (failed)
    return `The disruption budget ${metadata.name} does not allow evicting pods currently because it failed sync: ${failed.message}`
  return `The disruption budget ${metadata.name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`
}

const refusal = (retryAfterSeconds: number, message: string) =>
  tooManyRequests(
    "Cannot evict pod as it would violate the pod's disruption budget.",
    retryAfterSeconds,
    [{ reason: 'DisruptionBudget', message }],
  )

function exhausted({ metadata, status }: PodDisruptionBudget, now: number) {
  const conditions = status?.conditions ?? []
  const before = conditions.find(({ type }) => type === 'DisruptionAllowed')
  const changed = before?.status !== 'False'
  return [
    ...conditions.filter(({ type }) => type !== 'DisruptionAllowed'),
    {
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'InsufficientPods',
      message: '',
      observedGeneration: metadata.generation,
      lastTransitionTime: changed ? time(now) : before.lastTransitionTime,
    },
  ]
}
