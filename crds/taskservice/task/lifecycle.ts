/**
 * One step of a task's life: PROVISIONING (it has no node yet), PENDING, RUNNING, DEPROVISIONING, STOPPED. Why it stops
 * is written down before anything is taken away, so that no crash can lose it. Pure.
 */

import { type Pod, time } from '../../../controllers/framework/index.ts'
import type { TaskDefinition } from '../task-definition/index.ts'
import { nextJudgement } from './containers.ts'
import type { Task, TaskStatus } from './kind.ts'
import { healthyFrom, told } from './report.ts'
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

/** @param definition the one that `status.taskDefinition` names, once it names one */
export function step(
  task: Task,
  pod: Pod | undefined,
  definition: TaskDefinition | undefined,
  now: number,
): Step {
  const { status: known = {} } = task
  if (known.lastStatus === 'STOPPED') return { status: known, pod: 'leave' }
  if (!definition) return withoutDefinition(task, pod, now)
  const status = told(known, pod, definition, now)
  if (known.lastStatus === 'DEPROVISIONING') return end(status, pod, now)
  const stop = stopOf({ ...task, status }, pod, definition, now)
  if (stop) return begin(status, stop, now)
  if (!pod) return { status: { ...status, lastStatus: 'PROVISIONING' }, pod: 'make' }
  return alive(status, pod, definition, now)
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

function alive(status: TaskStatus, pod: Pod, definition: TaskDefinition, now: number): Step {
  const { startedAt, healthyAt } = status
  const deadlines = [
    nextJudgement(pod, definition, now),
    startedAt && !healthyAt ? healthyFrom(startedAt, definition) : undefined,
    ...definition.spec.containerDefinitions.map((container) =>
      startedAt ? undefined : startDeadline(pod, container),
    ),
  ].filter((deadline) => deadline !== undefined)
  const lastStatus = startedAt ? 'RUNNING' : pod.spec?.nodeName ? 'PENDING' : 'PROVISIONING'
  return {
    status: { ...status, lastStatus },
    pod: 'leave',
    ...(deadlines.length > 0 ? { again: Math.min(...deadlines) } : {}),
  }
}
