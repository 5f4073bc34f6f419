/**
 * What a pod tells of its task. Moments are those that the pod tells, not those at which somebody looked, so that it
 * does not matter when anybody looks. Pure.
 */

import { type Pod, time } from '../../../controllers/framework/index.ts'
import { nameOf, type TaskDefinition } from '../task-definition/index.ts'
import { containersOf, statusOf, taskHealth } from './containers.ts'
import type { TaskStatus } from './kind.ts'

/** The status that was known, and what the pod adds. */
export function told(
  known: TaskStatus,
  pod: Pod | undefined,
  definition: TaskDefinition,
  now: number,
): TaskStatus {
  const containers = containersOf(pod, definition, known.containers ?? [], now)
  if (!pod) return { ...known, containers }
  const { started, ended } = runOf(pod, definition)
  const startedAt = known.startedAt ?? started
  const healthStatus = taskHealth(containers, definition)
  return {
    ...known,
    taskDefinition: nameOf(definition),
    pod: pod.metadata.uid,
    node: pod.spec?.nodeName,
    startedAt,
    healthStatus,
    healthyAt:
      known.healthyAt ??
      (healthStatus === 'HEALTHY'
        ? time(now)
        : provenAt(startedAt, definition, Math.min(now, ended))),
    containers,
  }
}

/** How long a task that nothing checks must run to count as healthy, milliseconds; as in ECS. */
const unchecked = 40_000

/** In milliseconds since the epoch; `undefined` where checks decide. */
export const healthyFrom = (startedAt: string, { spec }: TaskDefinition): number | undefined =>
  spec.containerDefinitions.some(({ essential, healthCheck }) => essential && healthCheck)
    ? undefined
    : Date.parse(startedAt) + unchecked

function provenAt(startedAt: string | undefined, definition: TaskDefinition, until: number) {
  const from = startedAt === undefined ? undefined : healthyFrom(startedAt, definition)
  return from !== undefined && from <= until ? time(from) : undefined
}

/** When the last of the essential containers has started, if all have, and when the first of them has ended. */
function runOf(pod: Pod, { spec }: TaskDefinition): { started?: string; ended: number } {
  const states = spec.containerDefinitions
    .filter(({ essential }) => essential)
    .map(({ name }) => statusOf(pod, name)?.state)
  const starts = states.map((state) => (state?.running ?? state?.terminated)?.startedAt)
  const ends = states.map((state) => Date.parse(state?.terminated?.finishedAt ?? ''))
  return {
    ...(starts.every((start) => start) ? { started: starts.sort().at(-1) } : {}),
    ended: Math.min(...ends.filter(Number.isFinite)),
  }
}
