/**
 * A pod's status from what is wanted, what runs and what is waited for. Pure: the same facts give the same status, so
 * that it is written only when something has changed. Phases and reasons are kubelet's.
 */

import type { Container, ContainerStatus, Pod, PodStatus } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import type { PodView } from '../runtime/runtime-view.ts'
import { podConditions } from './conditions.ts'
import { containerStatus, isOver } from './container-status.ts'
import { newest } from './decide.ts'
import { podPhase } from './phase.ts'
import {
  allContainers,
  ephemeralContainers,
  initContainers,
  initProgress,
  isSidecar,
} from './pod-progress.ts'
import type { ResizeProgress } from './pod-resize.ts'
import type { PodState } from './pod-state.ts'
import { qosClass } from './resources.ts'

export interface StatusFacts {
  pod: Pod
  state: PodState
  /** Milliseconds since the epoch. */
  now: number
  /** When the agent first saw the pod. */
  seenAt: number
  view: PodView
  /** `containerd`, `simulated`: the scheme of container ids. */
  runtimeName: string
  hostIPs: string[]
  /** Why a container cannot be started right now. */
  waiting(container: string): { reason: string; message: string } | undefined
  /** The id of the instance that has passed its startup probe and postStart hook. */
  startedId(container: string): string | undefined
  /** Whether this instance passes its readiness probe, or has none. */
  passesReadiness(id: string): boolean
  terminationMessage(id: string): string
  /** What a running instance runs with; the pod's own containers say what they may. */
  amountsOf(container: Container, id: string): NonNullable<Container['resources']>
  resize: ResizeProgress
}

export interface InitFacts {
  done: boolean
  begun: boolean
}

/** How far initialisation is, by the instances in the newest sandbox. */
function initFacts(facts: StatusFacts): InitFacts {
  const [sandbox] = facts.view.sandboxes
  const here = (name: string) => {
    const container = newest(facts.view, name)
    return sandbox && container?.sandboxId === sandbox.id ? container : undefined
  }
  return {
    done: initProgress(facts.pod, here, facts.startedId).done,
    begun: allContainers(facts.pod).some(({ name }) => newest(facts.view, name)),
  }
}

/** The whole status as the API server should have it, conditions of others left out. */
export function podStatus(facts: StatusFacts): PodStatus {
  const { pod, state, view } = facts
  if (state.phase === 'rejected')
    return {
      ...base(facts),
      phase: 'Failed',
      reason: state.reason,
      message: `Pod was rejected: ${state.message}`,
      conditions: podConditions(facts, { phase: 'Failed', statuses: [], initialised: false }),
    }
  const old = pod.status ?? {}
  const init = initFacts(facts)
  const initialising = initContainers(pod).length > 0 && !init.done
  const find = (statuses: ContainerStatus[] | undefined, name: string) =>
    statuses?.find((status) => status.name === name)
  const initStatuses = initContainers(pod).map((container) =>
    containerStatus(
      facts,
      container,
      find(old.initContainerStatuses, container.name),
      initialising,
    ),
  )
  const statuses = (pod.spec?.containers ?? []).map((container) =>
    containerStatus(facts, container, find(old.containerStatuses, container.name), initialising),
  )
  const ephemeral = ephemeralContainers(pod).map((container) =>
    containerStatus(
      facts,
      container,
      find(old.ephemeralContainerStatuses, container.name),
      initContainers(pod).length > 0,
    ),
  )
  const [sandbox] = view.sandboxes
  const ips = pod.spec?.hostNetwork ? facts.hostIPs : (sandbox?.ips ?? [])
  const podIPs = sandbox && ips.length > 0 ? ips : (old.podIPs ?? []).map(({ ip }) => ip ?? '')
  const cause = 'cause' in state ? state.cause : undefined
  const failed = cause?.kind === 'failed' && isOver(state) ? cause : undefined
  const phase = failed ? 'Failed' : podPhase(pod, initStatuses, statuses, isOver(state))
  const reason = failed?.reason ?? old.reason
  const message = failed?.message ?? old.message
  return {
    ...base(facts),
    phase,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    ...(podIPs[0] ? { podIP: podIPs[0], podIPs: podIPs.map((ip) => ({ ip })) } : {}),
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: statuses,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    conditions: podConditions(facts, {
      phase,
      statuses: [...initStatuses.filter((_, index) => sidecarAt(pod, index)), ...statuses],
      initialised: init.done,
    }),
  }
}

const sidecarAt = (pod: Pod, index: number): boolean => {
  const container = initContainers(pod)[index]
  return container !== undefined && isSidecar(container)
}

function base({ pod, hostIPs, seenAt }: StatusFacts): PodStatus {
  return {
    ...(pod.metadata.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
    startTime: pod.status?.startTime ?? time(seenAt),
    ...(hostIPs[0] ? { hostIP: hostIPs[0], hostIPs: hostIPs.map((ip) => ({ ip })) } : {}),
    qosClass: qosClass(pod),
  }
}
