/** Why a task must stop now, if it must. The first reason counts and is never replaced by what stopping causes. Pure. */

import type { Pod } from '../../../controllers/framework/index.ts'
import type { ContainerDefinition, TaskDefinition } from '../task-definition/index.ts'
import { outOfMemory, statusOf } from './containers.ts'
import type { Task } from './kind.ts'

export interface Stop {
  stopCode: NonNullable<NonNullable<Task['status']>['stopCode']>
  stoppedReason: string
}

/** What the kubelet says of a container that waits for what will not come, in ECS's words. */
const failures: readonly [waiting: RegExp, error: string][] = [
  [
    /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)$/,
    'CannotPullContainerError',
  ],
  [/^(CreateContainerConfigError|CreateContainerError)$/, 'CannotCreateContainerError'],
  [/^(RunContainerError|PostStartHookError)$/, 'CannotStartContainerError'],
]

/** What who stops it has said. */
export const wanted = ({ spec }: Task): Stop => ({
  stopCode: spec.stopCode ?? 'UserInitiated',
  stoppedReason: spec.stoppedReason ?? 'Task stopped by user',
})

const deleted: Stop = {
  stopCode: 'TerminationNotice',
  stoppedReason: 'The pod of the task was deleted',
}

const failedToStart = (stoppedReason: string): Stop => ({
  stopCode: 'TaskFailedToStart',
  stoppedReason,
})

/** @param pod as it is seen; one that the task had and that is gone has ended it too */
export function stopOf(
  task: Task,
  pod: Pod | undefined,
  definition: TaskDefinition,
  now: number,
): Stop | undefined {
  if (task.spec.desiredStatus === 'STOPPED') return wanted(task)
  if (!pod) return task.status?.pod ? deleted : undefined
  const containers = definition.spec.containerDefinitions.filter(({ essential }) => essential)
  return (
    first(containers, (container) => cannotStart(pod, container)) ??
    podEnd(task, pod) ??
    first(containers, (container) => exit(pod, container)) ??
    first(containers, (container) => timeout(task, pod, container, now))
  )
}

function first<T, R>(items: readonly T[], look: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = look(item)
    if (found !== undefined) return found
  }
  return undefined
}

function cannotStart(pod: Pod, { name }: ContainerDefinition): Stop | undefined {
  const { waiting, terminated } = statusOf(pod, name)?.state ?? {}
  const error = failures.find(([reason]) => reason.test(waiting?.reason ?? ''))?.[1]
  if (error) return failedToStart(`${error}: ${causeOf(waiting?.message) ?? waiting?.reason}`)
  return /^(StartError|ContainerCannotRun)$/.test(terminated?.reason ?? '')
    ? failedToStart(`CannotStartContainerError: ${terminated?.message ?? terminated?.reason}`)
    : undefined
}

function exit(pod: Pod, { name }: ContainerDefinition): Stop | undefined {
  const terminated = statusOf(pod, name)?.state?.terminated
  if (!terminated) return undefined
  return {
    stopCode: 'EssentialContainerExited',
    stoppedReason:
      terminated.reason === 'OOMKilled' ? outOfMemory : 'Essential container in task exited',
  }
}

/** The kubelet waits before it pulls again and says why it does: the why is what counts, whenever one looks. */
const causeOf = (message: string | undefined): string | undefined =>
  message?.replace(/^Back-off pulling image "[^"]*": ErrImagePull: /, '')

/** Somebody else ended the pod: it was refused or evicted by its node, or deleted. */
function podEnd(task: Task, { metadata, status }: Pod): Stop | undefined {
  const why = [status?.reason, status?.message].filter((text) => text).join(': ')
  if (metadata.deletionTimestamp) return deleted
  if (status?.phase !== 'Failed' || !why) return undefined
  return task.status?.startedAt
    ? { stopCode: 'TerminationNotice', stoppedReason: why }
    : failedToStart(why)
}

/** When a container that has a node but does not run yet is given up, in milliseconds since the epoch. */
export function startDeadline(pod: Pod, { name, startTimeout }: ContainerDefinition) {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  const state = statusOf(pod, name)?.state
  if (scheduled?.status !== 'True' || state?.running || state?.terminated) return undefined
  return Date.parse(scheduled.lastTransitionTime ?? '') + startTimeout * 1000
}

/** A task that has run is not timed out: what is missing then has ended. */
function timeout(
  task: Task,
  pod: Pod,
  container: ContainerDefinition,
  now: number,
): Stop | undefined {
  const deadline = startDeadline(pod, container)
  if (task.status?.startedAt || deadline === undefined || now < deadline) return undefined
  return failedToStart(
    `ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting ${container.startTimeout}s`,
  )
}
