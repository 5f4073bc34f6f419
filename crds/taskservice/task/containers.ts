/** What the containers of a task do, read off its pod in ECS's words. Pure. */

import type { Pod } from '../../../controllers/framework/index.ts'
import type { ContainerDefinition, TaskDefinition } from '../task-definition/index.ts'
import type { ContainerState } from './kind.ts'

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]

export const statusOf = (pod: Pod, name: string): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find((status) => status.name === name)

/** Every container of the definition. What ended keeps how it ended, also when the pod no longer tells. */
export function containersOf(
  pod: Pod | undefined,
  definition: TaskDefinition,
  known: readonly ContainerState[],
  now: number,
): ContainerState[] {
  return definition.spec.containerDefinitions.map((container) => {
    const before = known.find(({ name }) => name === container.name)
    if (before?.exitCode !== undefined) return before
    const status = pod && statusOf(pod, container.name)
    return status ? containerOf(container, status, now) : (before ?? pending(container))
  })
}

const pending = ({ name }: ContainerDefinition): ContainerState => ({ name, lastStatus: 'PENDING' })

function containerOf(
  definition: ContainerDefinition,
  status: ContainerStatus,
  now: number,
): ContainerState {
  const { name } = definition
  const { terminated, running } = status.state ?? {}
  if (terminated)
    return {
      name,
      lastStatus: 'STOPPED',
      exitCode: terminated.exitCode,
      ...(terminated.reason === 'OOMKilled' ? { reason: outOfMemory } : {}),
    }
  if (!running) return pending(definition)
  return { name, lastStatus: 'RUNNING', healthStatus: healthOf(definition, status, now) }
}

export const outOfMemory = 'OutOfMemoryError: Container killed due to memory usage'

/** UNHEALTHY once it was ready and no longer is, or has had all its retries and never was. */
function healthOf({ healthCheck }: ContainerDefinition, status: ContainerStatus, now: number) {
  if (!healthCheck) return 'UNKNOWN'
  if (status.ready) return 'HEALTHY'
  return now >= patienceEnds(healthCheck, status) ? 'UNHEALTHY' : 'UNKNOWN'
}

function patienceEnds(
  { interval, retries, startPeriod, timeout }: NonNullable<ContainerDefinition['healthCheck']>,
  { state }: ContainerStatus,
): number {
  const startedAt = Date.parse(state?.running?.startedAt ?? '')
  return startedAt + (startPeriod + retries * interval + timeout) * 1000
}

/** When the patience with a running container next ends, in milliseconds since the epoch. */
export function nextJudgement(pod: Pod, { spec }: TaskDefinition, now: number): number | undefined {
  const ends = spec.containerDefinitions.flatMap(({ name, healthCheck }) => {
    const status = statusOf(pod, name)
    if (!healthCheck || !status?.state?.running || status.ready) return []
    return [patienceEnds(healthCheck, status)]
  })
  const coming = ends.filter((end) => end > now)
  return coming.length > 0 ? Math.min(...coming) : undefined
}

/** Of the essential containers that are checked: all HEALTHY, one UNHEALTHY, or neither. */
export function taskHealth(
  containers: readonly ContainerState[],
  { spec }: TaskDefinition,
): 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
  const checked = spec.containerDefinitions
    .filter(({ essential, healthCheck }) => essential && healthCheck)
    .map(({ name }) => containers.find((container) => container.name === name)?.healthStatus)
  if (checked.includes('UNHEALTHY')) return 'UNHEALTHY'
  return checked.length > 0 && checked.every((health) => health === 'HEALTHY')
    ? 'HEALTHY'
    : 'UNKNOWN'
}
