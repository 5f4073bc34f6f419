/**
 * Which deployment is wanted and how each stands. A deployment is known by what it runs, so that the same wish is the
 * same deployment for everybody who looks; the one that was rolled back is kept in mind until something else is wished.
 */

import { time } from '../../../controllers/framework/index.ts'
import type { Task } from '../task/index.ts'
import { failuresOf, threshold } from './circuit-breaker.ts'
import type { Deployment, TaskService } from './kind.ts'
import { digest, isHealthy, isOf, isRunning, stays, takesPlace } from './tasks.ts'

export interface Rollout {
  /** What the spec asks for. */
  requested: string
  /** The PRIMARY one first; the others from the newest on. */
  deployments: [Deployment, ...Deployment[]]
  /** What happened, the oldest first. */
  messages: string[]
}

/** @param taskDefinition what the service's reference means now, as family:revision */
export function rollout(
  service: TaskService,
  taskDefinition: string,
  tasks: readonly Task[],
  now: number,
): Rollout {
  const requested = deploymentId(service, taskDefinition)
  const counted = begun(service, requested, taskDefinition, now).map((deployment) =>
    count(deployment, tasks),
  )
  const [primary, ...others] = counted as [Deployment, ...Deployment[]]
  const judged = judge(service, primary, others, tasks, now)
  return { requested, ...judged, deployments: kept(judged.deployments, requested, tasks) }
}

function deploymentId(service: TaskService, taskDefinition: string): string {
  const hash = digest(service, taskDefinition, service.spec.forceNewDeployment)
  return `ecs-svc/${hash.readBigUInt64BE()}`
}

/** The known deployments; a new one before them if something else is asked for than before. */
function begun(
  { status }: TaskService,
  requested: string,
  taskDefinition: string,
  now: number,
): Deployment[] {
  const known = status?.deployments ?? []
  if (status?.requestedDeployment === requested && known.length > 0) return known
  const fresh: Deployment = {
    id: requested,
    status: 'PRIMARY',
    taskDefinition,
    desiredCount: 0,
    runningCount: 0,
    pendingCount: 0,
    failedTasks: 0,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${requested} in progress.`,
    createdAt: time(now),
    updatedAt: time(now),
  }
  const others = known.filter(({ id }) => id !== requested)
  return [fresh, ...others.map((other): Deployment => ({ ...other, status: 'ACTIVE' }))]
}

function count(deployment: Deployment, tasks: readonly Task[]): Deployment {
  const own = tasks.filter(isOf(deployment))
  const running = own.filter(({ status }) => status?.lastStatus === 'RUNNING').length
  return {
    ...deployment,
    desiredCount: own.filter(stays).length,
    runningCount: running,
    pendingCount: own.filter(takesPlace).length - running,
    // Stopped tasks are gone after an hour; that a deployment has failed by them is not.
    failedTasks: Math.max(
      failuresOf(deployment, tasks).length,
      deployment.rolloutState === 'FAILED' ? deployment.failedTasks : 0,
    ),
  }
}

type Judged = Omit<Rollout, 'requested'>

function judge(
  { spec }: TaskService,
  counted: Deployment,
  others: Deployment[],
  tasks: readonly Task[],
  now: number,
): Judged {
  const primary = { ...counted, desiredCount: spec.desiredCount }
  const asItIs: Judged = { deployments: [primary, ...others], messages: [] }
  if (primary.rolloutState !== 'IN_PROGRESS') return asItIs
  if (isComplete(primary, tasks))
    return {
      deployments: [
        to(primary, 'COMPLETED', `ECS deployment ${primary.id} completed.`, now),
        ...others,
      ],
      messages: [`(deployment ${primary.id}) deployment completed.`],
    }
  const { enable, rollback } = spec.deploymentConfiguration.deploymentCircuitBreaker
  if (!enable || primary.failedTasks < threshold(spec.desiredCount)) return asItIs
  const tripped = 'ECS deployment circuit breaker: tasks failed to start.'
  const failed = to(primary, 'FAILED', tripped, now)
  const messages = [`(deployment ${primary.id}) deployment failed: tasks failed to start.`]
  const target = rollback ? lastCompleted(others) : undefined
  if (!target) return { deployments: [failed, ...others], messages }
  const reason = `ECS deployment circuit breaker: rolling back to deploymentId ${target.id}.`
  const back: Deployment = {
    ...to(target, 'IN_PROGRESS', reason, now),
    status: 'PRIMARY',
    desiredCount: spec.desiredCount,
    // What failed before it was asked for again does not count.
    createdAt: time(now),
  }
  return {
    deployments: [
      back,
      { ...failed, status: 'ACTIVE', desiredCount: 0 },
      ...others.filter((other) => other !== target),
    ],
    messages: [...messages, `rolling back to deployment ${target.id}.`],
  }
}

const to = (
  deployment: Deployment,
  rolloutState: Deployment['rolloutState'],
  rolloutStateReason: string,
  now: number,
): Deployment => ({ ...deployment, rolloutState, rolloutStateReason, updatedAt: time(now) })

/** All that are desired are healthy, and nobody else takes a place. */
function isComplete(primary: Deployment, tasks: readonly Task[]): boolean {
  const inPlace = tasks.filter(takesPlace)
  return (
    inPlace.every(isOf(primary)) &&
    inPlace.length === primary.desiredCount &&
    inPlace.every((task) => stays(task) && isHealthy(task) && isRunning(task))
  )
}

const lastCompleted = (deployments: readonly Deployment[]): Deployment | undefined =>
  deployments
    .filter(({ rolloutState }) => rolloutState === 'COMPLETED')
    .sort((a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt))[0]

/** Those that have tasks, that one can go back to, or that failed as asked for. */
function kept(
  [primary, ...others]: Rollout['deployments'],
  requested: string,
  tasks: readonly Task[],
): Rollout['deployments'] {
  const way = primary.rolloutState === 'IN_PROGRESS' ? lastCompleted(others) : undefined
  const inPlace = (deployment: Deployment) =>
    tasks.some((task) => takesPlace(task) && isOf(deployment)(task))
  const rest = others
    .filter((other) => inPlace(other) || other === way || other.id === requested)
    .map((other): Deployment => ({ ...other, status: inPlace(other) ? 'ACTIVE' : 'INACTIVE' }))
  return [primary, ...rest]
}
