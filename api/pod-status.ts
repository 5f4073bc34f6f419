/**
 * What a pod's own words mean: active, terminating, ready, available. Pure readings of one object, shared by
 * everything that counts pods, so that no two places count differently.
 */

import type { Pod, PodCondition } from './types.ts'

const finished = (pod: Pod): boolean =>
  pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** Neither finished nor being deleted: what counts against a number of replicas. */
export const isPodActive = (pod: Pod): boolean =>
  !finished(pod) && pod.metadata.deletionTimestamp === undefined

/** Being deleted, and its containers may still run. */
export const isPodTerminating = (pod: Pod): boolean =>
  !finished(pod) && pod.metadata.deletionTimestamp !== undefined

export const podCondition = (pod: Pod, type: string): PodCondition | undefined =>
  pod.status?.conditions?.find((condition) => condition.type === type)

export const isPodReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True'

/** Since when it has been ready, in milliseconds since the epoch; `undefined` when it is not, or does not say. */
export function readySince(pod: Pod): number | undefined {
  const condition = podCondition(pod, 'Ready')
  if (condition?.status !== 'True' || !condition.lastTransitionTime) return undefined
  return Date.parse(condition.lastTransitionTime)
}

/**
 * From when on a ready pod is available: ready for `minReadySeconds` without a break. Milliseconds since the epoch, 0
 * for at once; `undefined` when it is not ready.
 */
export function availableFrom(pod: Pod, minReadySeconds: number): number | undefined {
  if (!isPodReady(pod)) return undefined
  if (minReadySeconds === 0) return 0
  const since = readySince(pod)
  return since === undefined ? undefined : since + minReadySeconds * 1000
}

/** @param now milliseconds since the epoch */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const from = availableFrom(pod, minReadySeconds)
  return from !== undefined && from <= now
}
