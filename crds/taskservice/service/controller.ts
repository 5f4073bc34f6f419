/**
 * Keeps as many tasks as a service desires, of the definition that it means, by way of deployments. A service that is
 * deleted drains first: it is gone when its tasks have stopped.
 */

import {
  batch,
  type ContextOf,
  controller,
  isNotFound,
  requeue,
} from '../../../controllers/framework/index.ts'
import { Task } from '../task/index.ts'
import { familyOf, nameOf, resolve, TaskDefinition } from '../task-definition/index.ts'
import { failuresOf, notBefore } from './circuit-breaker.ts'
import { rollout } from './deployments.ts'
import { blocked, eventsOf, inconsistent, started, steady, stopped } from './events.ts'
import { TaskService } from './kind.ts'
import { type Plan, planOf } from './plan.ts'
import { selectorOf, startedTasks, stays, takesPlace, taskOf } from './tasks.ts'

/** Stopped tasks of a service that are kept beside those that its deployment failed by. */
const keptTasks = 20

const builder = controller(TaskService)
  .owns(Task)
  .watches(TaskDefinition, ({ metadata, spec }, read) =>
    read(TaskService)
      .list({ namespace: metadata.namespace! })
      .filter((service) => familyOf(service.spec.taskDefinition) === spec.family)
      .map((service) => ({ namespace: metadata.namespace!, name: service.metadata.name! })),
  )
type Context = ContextOf<typeof builder>

export const taskServiceController = builder
  .finalize(async (service, context) => {
    const tasks = context.read(Task).ownedBy(service.metadata.uid!)
    const counts = countsOf(tasks)
    context.status({ ...service.status, ...counts, status: 'DRAINING' })
    await stopTasks(
      tasks.filter(stays).map((task) => ({ task, reason: 'The service was deleted' })),
      context,
    )
    const draining = tasks.some(({ status }) => status?.lastStatus !== 'STOPPED')
    return draining ? requeue.after('1m') : undefined
  })
  .reconcile(async (service, context) => {
    const { read, status, clock, key } = context
    const now = clock.now()
    const tasks = read(Task).ownedBy(service.metadata.uid!)
    const definition = resolve(
      service.spec.taskDefinition,
      read(TaskDefinition).list({ namespace: key.namespace }),
    )
    const told = { ...service.status, ...countsOf(tasks), status: 'ACTIVE' as const }
    if (!definition) {
      status(told)
      const missing = `TaskDefinition ${service.spec.taskDefinition} not found`
      status.condition('SteadyState', false, 'TaskDefinitionNotFound', missing)
      return undefined
    }

    const { requested, deployments, messages } = rollout(service, nameOf(definition), tasks, now)
    const [primary] = deployments
    const failures = failuresOf(primary, tasks)
    const startable = notBefore(failures, service.spec.desiredCount)
    const plan = planOf(service, primary, tasks, now < startable)
    const isSteady = settled(plan) && primary.rolloutState === 'COMPLETED' && !tasks.some(leaving)
    const before = service.status?.conditions?.find(({ type }) => type === 'SteadyState')
    const count = startedTasks(service, tasks)

    status({
      ...told,
      requestedDeployment: requested,
      deployments,
      startedTasks: count,
      selector: selectorOf(service),
      events: eventsOf(service, messages, now),
    })
    const [holds, reason, message] = stateOf(isSteady, plan, primary.rolloutStateReason)
    status.condition('SteadyState', holds, reason, message)

    if (failures.length >= 3 && (service.status?.deployments?.[0]?.failedTasks ?? 0) < 3)
      messages.push(inconsistent)
    if (plan.blocked && before?.reason !== reason) messages.push(blocked)
    await stopTasks(plan.stop, context)
    if (plan.stop.length > 0) messages.push(stopped(plan.stop.map(({ task }) => task)))
    const starting = Array.from({ length: plan.start }, (_, at) =>
      taskOf(service, primary, count + at + 1),
    )
    await batch(starting, (task) => context.apply(Task, task))
    if (starting.length > 0) messages.push(started(starting))
    if (isSteady && before?.status !== 'True') messages.push(steady)
    status({ startedTasks: count + starting.length, events: eventsOf(service, messages, now) })
    await prune(tasks, failures, context)
    return startable > now ? requeue.after(startable - now) : undefined
  })

const settled = ({ start, stop, blocked }: Plan) => start === 0 && stop.length === 0 && !blocked

const leaving = (task: Task) => takesPlace(task) && !stays(task)

function stateOf(isSteady: boolean, plan: Plan, rolloutReason: string): [boolean, string, string] {
  if (isSteady) return [true, 'SteadyState', 'all desired tasks are healthy']
  if (plan.blocked) return [false, 'DeploymentBlocked', `the service ${blocked}`]
  return [false, 'InProgress', rolloutReason]
}

function countsOf(tasks: readonly Task[]) {
  const runningCount = tasks.filter(({ status }) => status?.lastStatus === 'RUNNING').length
  return { runningCount, pendingCount: tasks.filter(takesPlace).length - runningCount }
}

async function stopTasks(stops: Plan['stop'], { patch }: Context): Promise<void> {
  await batch(stops, async ({ task, reason }) => {
    const { namespace, name, uid } = task.metadata
    const spec = {
      desiredStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: reason,
    }
    try {
      await patch(
        Task,
        { namespace: namespace!, name: name! },
        { type: 'merge', body: { metadata: { uid }, spec } },
      )
    } catch (error) {
      // Gone is stopped.
      if (!isNotFound(error)) throw error
    }
  })
}

async function prune(
  tasks: readonly Task[],
  failures: readonly Task[],
  { remove }: Context,
): Promise<void> {
  const ended = tasks
    .filter((task) => task.status?.lastStatus === 'STOPPED' && !failures.includes(task))
    .sort((a, b) => Date.parse(b.status?.stoppedAt ?? '') - Date.parse(a.status?.stoppedAt ?? ''))
  for (const task of ended.slice(keptTasks)) await remove(Task, task, { because: () => true })
}
