/**
 * A pod's status from what is wanted, what runs and what is waited for. Pure: the same facts give the same status, so
 * that it is written only when something has changed. Phases and reasons are kubelet's.
 */

import type { Container, ContainerStatus, Pod, PodStatus } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import type { PodView } from '../runtime/runtime-view.ts'
import { podConditions } from './conditions.ts'
import { newest } from './decide.ts'
import { podPhase } from './phase.ts'
import { allContainers, initContainers, initProgress, isSidecar } from './pod-progress.ts'
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
}

type State = NonNullable<ContainerStatus['state']>
type Terminated = NonNullable<State['terminated']>

function terminated(facts: StatusFacts, container: RuntimeContainer): Terminated {
  const reason = container.reason || (container.exitCode === 0 ? 'Completed' : 'Error')
  const message = facts.terminationMessage(container.id) || container.message
  return {
    exitCode: container.exitCode,
    reason,
    ...(message ? { message } : {}),
    ...(container.startedAt ? { startedAt: time(container.startedAt) } : {}),
    finishedAt: time(container.finishedAt || facts.now),
    containerID: `${facts.runtimeName}://${container.id}`,
  }
}

const lost = (old: ContainerStatus): Terminated => ({
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was looked at again',
  ...(old.state?.running?.startedAt ? { startedAt: old.state.running.startedAt } : {}),
  ...(old.containerID ? { containerID: old.containerID } : {}),
})

const isOver = ({ phase }: PodState): boolean =>
  phase === 'releasing' || phase === 'finished' || phase === 'removing' || phase === 'removed'

/** A container of which the runtime knows nothing: not begun yet, or forgotten. */
function absent(
  facts: StatusFacts,
  container: Container,
  old: ContainerStatus | undefined,
  initialising: boolean,
): Pick<ContainerStatus, 'state' | 'lastState' | 'restartCount'> {
  const known = old?.containerID ? old : undefined
  if (known && isOver(facts.state))
    return {
      state: { terminated: known.state?.terminated ?? lost(known) },
      lastState: known.lastState ?? {},
      restartCount: known.restartCount,
    }
  const waiting = facts.waiting(container.name) ?? {
    reason: initialising ? 'PodInitializing' : 'ContainerCreating',
  }
  const last = known && (known.state?.terminated ?? (known.state?.running && lost(known)))
  return {
    state: { waiting },
    lastState: last ? { terminated: last } : (known?.lastState ?? {}),
    restartCount: known?.restartCount ?? 0,
  }
}

/** The instance before this one, when only the API server remembers it. */
function remembered(old: ContainerStatus | undefined, id: string): State {
  if (!old?.containerID) return {}
  if (old.containerID === id) return old.lastState ?? {}
  return { terminated: old.state?.terminated ?? old.lastState?.terminated ?? lost(old) }
}

function present(
  facts: StatusFacts,
  current: RuntimeContainer,
  before: RuntimeContainer | undefined,
  old: ContainerStatus | undefined,
): Pick<ContainerStatus, 'state' | 'lastState' | 'restartCount'> {
  const lastState: State = before
    ? { terminated: terminated(facts, before) }
    : remembered(old, `${facts.runtimeName}://${current.id}`)
  const restartCount = current.attempt
  const waiting = isOver(facts.state) ? undefined : facts.waiting(current.name)
  switch (current.state) {
    case 'running':
      return {
        state: { running: { startedAt: time(current.startedAt) } },
        lastState,
        restartCount,
      }
    case 'created':
      return {
        state: { waiting: waiting ?? { reason: 'ContainerCreating' } },
        lastState,
        restartCount,
      }
    case 'exited':
    case 'unknown': {
      const state = { terminated: terminated(facts, current) }
      return waiting
        ? { state: { waiting }, lastState: state, restartCount }
        : { state, lastState, restartCount }
    }
    default:
      return current.state satisfies never
  }
}

function containerStatus(
  facts: StatusFacts,
  container: Container,
  old: ContainerStatus | undefined,
  initialising: boolean,
): ContainerStatus {
  const { view } = facts
  const init = initContainers(facts.pod).includes(container)
  const current = newest(view, container.name)
  const before = view.containers.find(
    ({ name, id, state: other }) =>
      name === container.name && id !== current?.id && other === 'exited',
  )
  const times = current
    ? present(facts, current, before, old)
    : absent(facts, container, old, initialising)
  const runs = current?.state === 'running'
  const started = runs && facts.startedId(container.name) === current.id
  const ready =
    init && !isSidecar(container)
      ? times.state?.terminated?.exitCode === 0
      : started && facts.passesReadiness(current.id)
  const begun = current && current.state !== 'created' ? current : undefined
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: begun?.imageId ?? old?.imageID ?? '',
    ...(begun
      ? { containerID: `${facts.runtimeName}://${begun.id}` }
      : old?.containerID
        ? { containerID: old.containerID }
        : {}),
    ready,
    started: init && !isSidecar(container) ? false : started,
    ...times,
  }
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
    ...ephemeralStatuses(pod),
    conditions: podConditions(facts, {
      phase,
      statuses: [...initStatuses.filter((_, index) => sidecarAt(pod, index)), ...statuses],
      initialised: init.done,
    }),
  }
}

/** Containers may be added to a running pod to debug it; this node starts none, and says so. */
function ephemeralStatuses({ spec }: Pod): Pick<PodStatus, 'ephemeralContainerStatuses'> {
  const containers = spec?.ephemeralContainers ?? []
  if (containers.length === 0) return {}
  const waiting = {
    reason: 'PodFeatureUnsupported',
    message: 'this node does not run ephemeral containers',
  }
  return {
    ephemeralContainerStatuses: containers.map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting },
      lastState: {},
    })),
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
