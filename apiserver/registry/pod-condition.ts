/** Conditions that the API server itself sets on pods. */

import type { Pod, PodCondition } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'

/** @param now milliseconds since the epoch; the condition's time only where its status changes */
export function setPodCondition(
  pod: Pod,
  condition: Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>,
  now: number,
): void {
  pod.status ??= {}
  const conditions = pod.status.conditions ?? []
  const others = conditions.filter(({ type }) => type !== condition.type)
  const before = conditions.find(({ type }) => type === condition.type)
  const since =
    before?.status === condition.status && before.lastTransitionTime
      ? before.lastTransitionTime
      : time(now)
  pod.status.conditions = [...others, { ...condition, lastTransitionTime: since }]
}
