/** Everything that a service does next and says of itself, from what is seen of it. Pure. */

import type { Task } from '../task/index.ts'
import { failuresOf, notBefore } from './circuit-breaker.ts'
import { rollout } from './deployments.ts'
import { blocked, inconsistent, steady } from './events.ts'
import type { Deployment, ServiceStatus, TaskService } from './kind.ts'
import { type Plan, planOf } from './plan.ts'
import { selectorOf, startedTasks, stays, takesPlace } from './tasks.ts'

export interface Decision {
  plan: Plan
  primary: Deployment
  /** All but events, which also tell what comes of the plan. */
  status: ServiceStatus
  /** The condition `SteadyState`. */
  steady: { holds: boolean; reason: string; message: string }
  /** The oldest first. */
  messages: string[]
  /** The tasks that the deployment has failed by so far. */
  failures: Task[]
  /** When tasks may be started again, in milliseconds since the epoch; the past where they may. */
  startable: number
}

/** @param taskDefinition what the service's reference means now, as family:revision */
export function decide(
  service: TaskService,
  taskDefinition: string,
  tasks: readonly Task[],
  now: number,
): Decision {
  const { requested, deployments, messages } = rollout(service, taskDefinition, tasks, now)
  const [primary] = deployments
  const failures = failuresOf(primary, tasks)
  const startable = notBefore(failures, service.spec.desiredCount)
  const plan = planOf(service, primary, tasks, now < startable)
  const state = stateOf(plan, primary, tasks)
  const before = service.status?.conditions?.find(({ type }) => type === 'SteadyState')
  const failedBefore = service.status?.deployments?.[0]?.failedTasks ?? 0
  if (failures.length >= 3 && failedBefore < 3) messages.push(inconsistent)
  if (plan.blocked && before?.reason !== state.reason) messages.push(blocked)
  if (state.holds && before?.status !== 'True') messages.push(steady)
  return {
    plan,
    primary,
    status: {
      ...statusOf(service, tasks),
      status: 'ACTIVE',
      requestedDeployment: requested,
      deployments,
    },
    steady: state,
    messages,
    failures,
    startable,
  }
}

/** What holds of a service whatever it is to do. */
export function statusOf(service: TaskService, tasks: readonly Task[]): ServiceStatus {
  const inPlace = tasks.filter(takesPlace)
  const runningCount = tasks.filter(({ status }) => status?.lastStatus === 'RUNNING').length
  return {
    ...service.status,
    runningCount,
    pendingCount: inPlace.length - runningCount,
    tasks: inPlace.map(({ metadata }) => metadata.name!).sort(),
    startedTasks: startedTasks(service, tasks),
    selector: selectorOf(service),
  }
}

function stateOf(plan: Plan, primary: Deployment, tasks: readonly Task[]): Decision['steady'] {
  if (plan.blocked)
    return { holds: false, reason: 'DeploymentBlocked', message: `the service ${blocked}` }
  const holds =
    primary.rolloutState === 'COMPLETED' &&
    plan.start === 0 &&
    plan.stop.length === 0 &&
    tasks.filter(takesPlace).every(stays)
  return holds
    ? { holds, reason: 'SteadyState', message: 'all desired tasks are healthy' }
    : { holds, reason: 'InProgress', message: primary.rolloutStateReason }
}
