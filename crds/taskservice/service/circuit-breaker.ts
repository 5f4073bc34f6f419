/** When a deployment has failed, and how long a service waits before it tries again. Pure. */

import type { Task } from '../task/index.ts'
import { type Deployment, unhealthy } from './kind.ts'
import { isOf } from './tasks.ts'

/** Failures in a row that make a deployment fail: half of what is desired, at least 3, at most 200. */
export const threshold = (desiredCount: number): number =>
  Math.min(Math.max(Math.ceil(desiredCount / 2), 3), 200)

/** The tasks of a deployment that failed since one of them was healthy, or since it began. */
export function failuresOf(deployment: Deployment, tasks: readonly Task[]): Task[] {
  const own = tasks.filter(isOf(deployment))
  const since = Math.max(
    Date.parse(deployment.createdAt),
    ...own.map(({ status }) => Date.parse(status?.healthyAt ?? '')).filter(Number.isFinite),
  )
  return own.filter((task) => hasFailed(task) && stoppedAt(task) >= since)
}

function hasFailed({ status }: Task): boolean {
  switch (status?.stopCode) {
    case 'TaskFailedToStart':
    case 'EssentialContainerExited':
      return status.healthyAt === undefined
    case 'ServiceSchedulerInitiated':
      return status.stoppedReason === unhealthy
    default:
      return false
  }
}

const stoppedAt = ({ status }: Task): number => Date.parse(status?.stoppingAt ?? '')

const longest = 27 * 60_000

/**
 * From when on tasks may be started again, in milliseconds since the epoch: a second after the last failure, twice as
 * long after each round of `desiredCount` failures, 27 minutes at most.
 */
export function notBefore(failures: readonly Task[], desiredCount: number): number {
  if (failures.length === 0) return -Infinity
  const rounds = Math.ceil(failures.length / Math.max(desiredCount, 1))
  const delay = Math.min(1000 * 2 ** Math.min(rounds - 1, 20), longest)
  return Math.max(...failures.map(stoppedAt)) + delay
}
