/** How long a rollout may go without progress, and how much of that is left. Pure. */

import type { Deployment } from '../api/types.ts'
import { conditionOf } from './condition.ts'

/** The API's way to say "no limit" where a field has a default. */
export const unlimited = 2 ** 31 - 1

/** The deadline in milliseconds; `undefined` when there is none. */
export function deadlineOf({ spec }: Deployment): number | undefined {
  const seconds = spec?.progressDeadlineSeconds ?? unlimited
  return seconds === unlimited ? undefined : seconds * 1000
}

/**
 * Milliseconds until the deadline has passed, 0 when it has. `undefined` when none runs: there is none, the rollout is
 * done, paused or has failed.
 */
export function timeLeft(deployment: Deployment, now: number): number | undefined {
  const deadline = deadlineOf(deployment)
  const condition = conditionOf(deployment.status?.conditions, 'Progressing')
  if (deadline === undefined || !condition || deployment.spec?.paused) return undefined
  if (condition.reason === 'ProgressDeadlineExceeded') return undefined
  if (condition.reason === 'NewReplicaSetAvailable') return undefined
  return Math.max(0, Date.parse(condition.lastUpdateTime ?? '') + deadline - now)
}
