/**
 * What a service starts and stops next. Whatever it is asked, as many as `lower` go on running and no more than `upper`
 * are there. Pure.
 */

import type { Task } from '../task/index.ts'
import { boundsOf } from './bounds.ts'
import { type Deployment, type TaskService, unhealthy } from './kind.ts'
import { isHealthy, isOf, isRunning, stays, takesPlace } from './tasks.ts'

export interface Plan {
  /** How many tasks of the PRIMARY deployment. */
  start: number
  stop: { task: Task; reason: string }[]
  /** There is something to do that the bounds will never allow. */
  blocked: boolean
}

/** @param throttled nothing may be started yet */
export function planOf(
  { spec }: TaskService,
  primary: Deployment,
  tasks: readonly Task[],
  throttled: boolean,
): Plan {
  const { lower, upper } = boundsOf(spec.desiredCount, spec.deploymentConfiguration)
  const inPlace = tasks.filter(takesPlace)
  const sick = inPlace.filter((task) => stays(task) && task.status?.healthStatus === 'UNHEALTHY')
  const staying = inPlace.filter((task) => stays(task) && !sick.includes(task))
  const current = staying.filter(isOf(primary)).sort(leastLoss)
  const old = staying.filter((task) => !isOf(primary)(task)).sort(leastLoss)

  const scaled = `Scaling activity initiated by (deployment ${primary.id})`
  const stopping = sick.map((task) => ({ task, reason: unhealthy }))
  const failed = primary.rolloutState === 'FAILED'
  const surplus = Math.max(current.length - spec.desiredCount, 0)
  for (const task of current.slice(0, surplus)) stopping.push({ task, reason: scaled })

  // Old ones serve as long as they run; new ones have to prove it.
  let serving = current.slice(surplus).filter(isHealthy).length + old.filter(isRunning).length
  for (const task of failed ? [] : old) {
    if (isRunning(task) && serving <= lower) break
    if (isRunning(task)) serving--
    stopping.push({ task, reason: scaled })
  }

  const missing = failed ? 0 : spec.desiredCount - (current.length - surplus)
  const start = throttled ? 0 : Math.max(Math.min(missing, upper - inPlace.length), 0)
  const settled = inPlace.every((task) => stays(task) && isHealthy(task))
  const blocked = missing > 0 && upper <= inPlace.length && stopping.length === 0 && settled
  return { start, stop: stopping, blocked }
}

/** First those whose end is noticed least: not running, not healthy, the newest. */
const leastLoss = (a: Task, b: Task): number =>
  Number(isRunning(a)) - Number(isRunning(b)) ||
  Number(isHealthy(a)) - Number(isHealthy(b)) ||
  Date.parse(b.metadata.creationTimestamp ?? '') - Date.parse(a.metadata.creationTimestamp ?? '') ||
  (a.metadata.name! < b.metadata.name! ? -1 : 1)
