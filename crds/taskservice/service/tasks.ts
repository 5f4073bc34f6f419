/** What a service sees in its tasks. Pure. */

import { createHash } from 'node:crypto'
import type { AppliedObject } from '../../../controllers/framework/index.ts'
import type { Task } from '../task/index.ts'
import type { Deployment, TaskService } from './kind.ts'

const label = 'ecs.example.com/service'
const ordinal = 'ecs.example.com/ordinal'

export const selectorOf = ({ metadata }: TaskService): string => `${label}=${metadata.name}`

/** What follows from a service and something that it has: the same for everybody who looks, now and later. */
export const digest = ({ metadata }: TaskService, ...what: unknown[]): Buffer => {
  const { namespace, name, creationTimestamp } = metadata
  return createHash('sha256')
    .update(JSON.stringify([namespace, name, creationTimestamp, ...what]))
    .digest()
}

/** PROVISIONING, PENDING or RUNNING, whatever is wanted of it: it takes a place. */
export const takesPlace = ({ status }: Task): boolean =>
  status?.lastStatus !== 'DEPROVISIONING' && status?.lastStatus !== 'STOPPED'

/** It takes a place, and nobody has told it to stop. */
export const stays = (task: Task): boolean =>
  takesPlace(task) && task.spec.desiredStatus === 'RUNNING' && !task.metadata.deletionTimestamp

export const isRunning = (task: Task): boolean =>
  task.status?.lastStatus === 'RUNNING' && task.status.healthStatus !== 'UNHEALTHY'

export const isHealthy = (task: Task): boolean =>
  isRunning(task) && task.status?.healthyAt !== undefined

export const isOf =
  ({ id }: Pick<Deployment, 'id'>) =>
  (task: Task): boolean =>
    task.spec.startedBy === id

const ordinalOf = ({ metadata }: Task): number => Number(metadata.annotations?.[ordinal] ?? 0)

/** How many tasks a service has started in its life; a status that was not written is made up for by its tasks. */
export const startedTasks = ({ status }: TaskService, tasks: readonly Task[]): number =>
  Math.max(status?.startedTasks ?? 0, ...tasks.map(ordinalOf))

/**
 * The `count`th task of a service's life. Its name follows from its number: who starts it twice, from an old view or
 * after a lost answer, starts it once.
 */
export function taskOf(
  service: TaskService,
  { id, taskDefinition }: Deployment,
  count: number,
): AppliedObject<Task> {
  const { name } = service.metadata
  const suffix = digest(service, count).toString('hex').slice(0, 10)
  return {
    metadata: {
      name: `${name}-${suffix}`,
      labels: { [label]: name! },
      annotations: { [ordinal]: String(count) },
    },
    spec: { taskDefinition, group: `service:${name}`, startedBy: id },
  }
}
