/**
 * Keeps as many tasks as a service desires, of the definition that it means, by way of deployments. A service that is
 * deleted drains first: it is gone when its tasks have stopped.
 */

import {
  batch,
  type ContextOf,
  controller,
  isConflict,
  isNotFound,
  requeue,
} from '../../../controllers/framework/index.ts'
import { isOld } from '../old-view.ts'
import { Task } from '../task/index.ts'
import { familyOf, nameOf, resolve, TaskDefinition } from '../task-definition/index.ts'
import { decide, statusOf } from './decision.ts'
import { eventsOf, started, stopped } from './events.ts'
import { TaskService } from './kind.ts'
import type { Plan } from './plan.ts'
import { stays, taskOf } from './tasks.ts'

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
    context.status({ ...statusOf(service, tasks), status: 'DRAINING' })
    const rest = tasks.filter(stays)
    await stopTasks(
      rest.map((task) => ({ task, reason: 'The service was deleted' })),
      context,
    )
    const draining = tasks.some(({ status }) => status?.lastStatus !== 'STOPPED')
    return draining ? requeue.after('1m') : undefined
  })
  .reconcile(async (service, context) => {
    const { read, status, clock, key } = context
    const now = clock.now()
    const tasks = read(Task).ownedBy(service.metadata.uid!)
    if (await seesThePast(service, tasks, context)) return requeue.after('1s')
    const definition = resolve(
      service.spec.taskDefinition,
      read(TaskDefinition).list({ namespace: key.namespace }),
    )
    if (!definition) {
      status({ ...statusOf(service, tasks), status: 'ACTIVE' })
      const missing = `TaskDefinition ${service.spec.taskDefinition} not found`
      status.condition('SteadyState', false, 'TaskDefinitionNotFound', missing)
      return undefined
    }

    const decision = decide(service, nameOf(definition), tasks, now)
    const { plan, primary, messages, failures, startable, steady } = decision
    status({ ...decision.status, events: eventsOf(service, messages, now) })
    status.condition('SteadyState', steady.holds, steady.reason, steady.message)

    const told = await stopTasks(plan.stop, context)
    if (told.length > 0) messages.push(stopped(told))
    const { startedTasks: count = 0, tasks: inPlace = [] } = decision.status
    const starting = Array.from({ length: plan.start }, (_, at) =>
      taskOf(service, primary, count + at + 1),
    )
    const { length } = await batch(starting, (task) => context.apply(Task, task))
    if (length > 0) messages.push(started(starting))
    status({
      startedTasks: count + length,
      tasks: [...inPlace, ...starting.map(({ metadata }) => metadata!.name!)].sort(),
      events: eventsOf(service, messages, now),
    })
    await prune(tasks, failures, context)
    return startable > now ? requeue.after(startable - now) : undefined
  })

/** The service was seen as it is no more, or not all of its tasks were seen. */
async function seesThePast(
  service: TaskService,
  tasks: readonly Task[],
  { live, key: { namespace } }: Context,
): Promise<boolean> {
  if (await isOld(live, TaskService, service)) return true
  const seen = new Set(tasks.map(({ metadata }) => metadata.name))
  for (const name of service.status?.tasks ?? [])
    if (!seen.has(name) && (await live(Task, { namespace, name }))) return true
  return false
}

/** Tells tasks to stop that are still as they were seen. @returns those */
async function stopTasks(stops: Plan['stop'], { patch }: Context): Promise<Task[]> {
  const told = await batch(stops, async ({ task, reason }) => {
    const { namespace, name, uid, resourceVersion } = task.metadata
    const spec = {
      desiredStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: reason,
    }
    const body = { metadata: { uid, resourceVersion }, spec }
    try {
      await patch(Task, { namespace: namespace!, name: name! }, { type: 'merge', body })
      return task
    } catch (error) {
      // Gone is stopped; what has changed is about to be seen, and looked at again then.
      if (isNotFound(error) || isConflict(error)) return undefined
      throw error
    }
  })
  return told.filter((task) => task !== undefined)
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
