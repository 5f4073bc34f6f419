/** The conditions that the node sets on a pod; a transition time moves only with its status. Pure. */

import type { ContainerStatus, PodCondition } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import type { Phase } from './phase.ts'
import type { StatusFacts } from './status.ts'

export interface Progress {
  phase: Phase
  /** Of main containers and sidecars. */
  statuses: ContainerStatus[]
  initialised: boolean
}

interface Verdict {
  type: string
  holds: boolean
  reason?: string
  message?: string
}

const withStatus = (word: string, names: string[]) =>
  `containers with ${word} status: [${names.join(' ')}]`

function containersReady({ phase, statuses }: Progress): Omit<Verdict, 'type'> {
  if (phase === 'Succeeded') return { holds: false, reason: 'PodCompleted' }
  if (phase === 'Failed') return { holds: false, reason: 'PodFailed' }
  const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name)
  if (unready.length === 0 && statuses.length > 0) return { holds: true }
  return {
    holds: false,
    reason: 'ContainersNotReady',
    message: withStatus('unready', unready),
  }
}

function ready(facts: StatusFacts, containers: Omit<Verdict, 'type'>): Verdict {
  const type = 'Ready'
  if (!containers.holds) return { type, ...containers }
  const conditions = facts.pod.status?.conditions ?? []
  const gates = (facts.pod.spec?.readinessGates ?? []).filter(
    ({ conditionType }) =>
      conditions.find((condition) => condition.type === conditionType)?.status !== 'True',
  )
  if (gates.length === 0) return { type, holds: true }
  const message = gates
    .map(({ conditionType }) => {
      const there = conditions.some((condition) => condition.type === conditionType)
      const what = there
        ? 'status of pod readiness gate'
        : 'corresponding condition of pod readiness gate'
      return `${what} "${conditionType}" ${there ? 'is not "True", but' : 'does not exist.'}`
    })
    .join(', ')
  return { type, holds: false, reason: 'ReadinessGatesNotReady', message }
}

function initialised(facts: StatusFacts, progress: Progress): Verdict {
  const type = 'Initialized'
  if (progress.phase === 'Succeeded') return { type, holds: true, reason: 'PodCompleted' }
  if (progress.initialised) return { type, holds: true }
  const names = (facts.pod.spec?.initContainers ?? []).map(({ name }) => name)
  return names.length === 0
    ? { type, holds: true }
    : {
        type,
        holds: false,
        reason: 'ContainersNotInitialized',
        message: withStatus('incomplete', names),
      }
}

/** There only while they hold. */
export const passingConditions: readonly string[] = ['PodResizePending', 'PodResizeInProgress']

function resizing({ resize: { pending, inProgress } }: StatusFacts): Verdict[] {
  const verdicts: Verdict[] = []
  if (pending) verdicts.push({ type: 'PodResizePending', holds: true, ...pending })
  if (inProgress) {
    const { error } = inProgress
    const why = error === undefined ? {} : { reason: 'Error', message: error }
    verdicts.push({ type: 'PodResizeInProgress', holds: true, ...why })
  }
  return verdicts
}

export function podConditions(facts: StatusFacts, progress: Progress): PodCondition[] {
  const [sandbox] = facts.view.sandboxes
  const up =
    sandbox?.state === 'ready' && (facts.pod.spec?.hostNetwork === true || sandbox.ips.length > 0)
  const containers = containersReady(progress)
  const verdicts: Verdict[] = [
    { type: 'PodReadyToStartContainers', holds: up },
    initialised(facts, progress),
    ready(facts, containers),
    { type: 'ContainersReady', ...containers },
    { type: 'PodScheduled', holds: true },
  ]
  return [...resizing(facts), ...verdicts].map((verdict) => condition(facts, verdict))
}

function condition({ pod, now }: StatusFacts, verdict: Verdict): PodCondition {
  const old = pod.status?.conditions?.find(({ type }) => type === verdict.type)
  const status = verdict.holds ? 'True' : 'False'
  const kept = old?.status === status ? old.lastTransitionTime : undefined
  return {
    type: verdict.type,
    status,
    ...(pod.metadata.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    ...(verdict.message ? { message: verdict.message } : {}),
    lastTransitionTime: kept ?? time(now),
  }
}
