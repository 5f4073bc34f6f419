/**
 * One step of a task's life: PROVISIONING (it has no node yet), PENDING, RUNNING, DEPROVISIONING, STOPPED. Why it stops
 * is written down before anything is taken away, so that no crash can lose it. Pure.
 */

import { type Pod, time } from '../../../controllers/framework/index.ts'
import { nameOf, type TaskDefinition } from '../task-definition/index.ts'
import { containersOf, nextJudgement, taskHealth } from './containers.ts'
import type { ContainerState, Task, TaskStatus } from './kind.ts'
import { type Stop, startDeadline, stopOf, wanted } from './stop.ts'

export interface Step {
  status: TaskStatus
  /** What is to be done about the pod. */
  pod: 'make' | 'leave' | 'remove'
  /** When to look again though nothing changes, in milliseconds since the epoch. */
  again?: number
}

/** How long a task waits for its definition, milliseconds: they may be applied in any order. */
const patience = 60_000

/** How long a task that nothing checks must run to count as healthy, milliseconds; as in ECS. */
const unchecked = 40_000

/** @param definition the one that `status.taskDefinition` names, once it names one */
export function step(
  task: Task,
  pod: Pod | undefined,
  definition: TaskDefinition | undefined,
  now: number,
): Step {
  const { status = {} } = task
  if (status.lastStatus === 'STOPPED') return { status, pod: 'leave' }
  if (!definition) return withoutDefinition(task, pod, now)
  const containers = containersOf(pod, definition, status.containers ?? [], now)
  if (status.lastStatus === 'DEPROVISIONING') return end({ ...status, containers }, pod, now)
  const stop = stopOf(task, pod, definition, now)
  if (stop) return begin({ ...status, containers }, stop, now)
  if (!pod) return { status: { ...status, lastStatus: 'PROVISIONING' }, pod: 'make' }
  return { ...alive(status, pod, definition, now), pod: 'leave' }
}

/** It cannot be told any more how its containers ended; it is stopped all the same. */
function withoutDefinition(task: Task, pod: Pod | undefined, now: number): Step {
  const { status = {}, spec, metadata } = task
  if (status.lastStatus === 'DEPROVISIONING') return end(status, pod, now)
  if (spec.desiredStatus === 'STOPPED') return begin(status, wanted(task), now)
  const again = Date.parse(metadata.creationTimestamp ?? '') + patience
  if (!status.pod && now < again)
    return { status: { ...status, lastStatus: 'PROVISIONING' }, pod: 'leave', again }
  const missing = status.taskDefinition ?? spec.taskDefinition
  const stoppedReason = `ClientException: TaskDefinition ${missing} not found`
  return begin(
    status,
    { stopCode: status.pod ? 'TerminationNotice' : 'TaskFailedToStart', stoppedReason },
    now,
  )
}

const begin = (status: TaskStatus, stop: Stop, now: number): Step => ({
  status: { ...status, ...stop, lastStatus: 'DEPROVISIONING', stoppingAt: time(now) },
  pod: 'leave',
})

/** A pod that has ended by itself stays, with its logs, as long as the task does. */
function end(status: TaskStatus, pod: Pod | undefined, now: number): Step {
  const phase = pod?.status?.phase
  const ended = !pod || phase === 'Succeeded' || phase === 'Failed'
  if (!ended) return { status, pod: 'remove' }
  return {
    status: {
      ...status,
      lastStatus: 'STOPPED',
      stoppedAt: time(now),
      containers: status.containers?.map((container) => ({ ...container, lastStatus: 'STOPPED' })),
    },
    pod: 'leave',
  }
}

function alive(
  known: TaskStatus,
  pod: Pod,
  definition: TaskDefinition,
  now: number,
): Omit<Step, 'pod'> {
  const containers = containersOf(pod, definition, known.containers ?? [], now)
  const running = isRunning(containers, definition)
  const startedAt = known.startedAt ?? (running ? time(now) : undefined)
  const healthStatus = taskHealth(containers, definition)
  const healthyFrom =
    isChecked(definition) || startedAt === undefined ? undefined : Date.parse(startedAt) + unchecked
  const healthy = healthStatus === 'HEALTHY' || (healthyFrom !== undefined && healthyFrom <= now)
  const deadlines = [
    nextJudgement(pod, definition, now),
    healthy ? undefined : healthyFrom,
    ...definition.spec.containerDefinitions.map((container) =>
      startedAt ? undefined : startDeadline(pod, container),
    ),
  ].filter((deadline) => deadline !== undefined)
  return {
    status: {
      ...known,
      taskDefinition: nameOf(definition),
      lastStatus: running ? 'RUNNING' : pod.spec?.nodeName ? 'PENDING' : 'PROVISIONING',
      pod: pod.metadata.uid,
      node: pod.spec?.nodeName,
      startedAt,
      healthStatus,
      healthyAt: known.healthyAt ?? (healthy ? time(now) : undefined),
      containers,
    },
    ...(deadlines.length > 0 ? { again: Math.min(...deadlines) } : {}),
  }
}

const isChecked = ({ spec }: TaskDefinition): boolean =>
  spec.containerDefinitions.some(({ essential, healthCheck }) => essential && healthCheck)

const isRunning = (containers: readonly ContainerState[], { spec }: TaskDefinition): boolean =>
  containers.every(
    ({ name, lastStatus }) =>
      lastStatus !== 'PENDING' ||
      spec.containerDefinitions.some((known) => known.name === name && !known.essential),
  )
