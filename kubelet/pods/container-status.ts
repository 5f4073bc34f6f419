/** What a container's status shows: its instances as the runtime and the API server remember them. Pure. */

import type { Container, ContainerStatus, Pod } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import { newest } from './decide.ts'
import { ephemeralContainers, initContainers, isSidecar } from './pod-progress.ts'
import type { PodState } from './pod-state.ts'
import type { StatusFacts } from './status.ts'

type State = NonNullable<ContainerStatus['state']>
type Terminated = NonNullable<State['terminated']>

function terminated(
  facts: StatusFacts,
  container: RuntimeContainer,
  old: ContainerStatus | undefined,
): Terminated {
  const containerID = `${facts.runtimeName}://${container.id}`
  const told = [old?.state, old?.lastState].find(
    (state) => state?.terminated?.containerID === containerID,
  )?.terminated?.reason
  // What was known once need not be known for ever: the kernel's log forgets.
  const reason =
    told === 'OOMKilled'
      ? told
      : container.reason || (container.exitCode === 0 ? 'Completed' : 'Error')
  const message = facts.terminationMessage(container.id) || container.message
  return {
    exitCode: container.exitCode,
    reason,
    ...(message ? { message } : {}),
    ...(container.startedAt ? { startedAt: time(container.startedAt) } : {}),
    finishedAt: time(container.finishedAt || facts.now),
    containerID,
  }
}

const lost = (old: ContainerStatus): Terminated => ({
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was looked at again',
  ...(old.state?.running?.startedAt ? { startedAt: old.state.running.startedAt } : {}),
  ...(old.containerID ? { containerID: old.containerID } : {}),
})

/** Nothing of the pod runs any more. */
export const isOver = ({ phase }: PodState): boolean =>
  phase === 'releasing' || phase === 'finished' || phase === 'removing' || phase === 'removed'

const isEphemeral = (pod: Pod, { name }: Container): boolean =>
  ephemeralContainers(pod).some((one) => one.name === name)

/** A container of which the runtime knows nothing: not begun yet, or forgotten. */
function absent(
  facts: StatusFacts,
  container: Container,
  old: ContainerStatus | undefined,
  initialising: boolean,
): Pick<ContainerStatus, 'state' | 'lastState' | 'restartCount'> {
  const known = old?.containerID ? old : undefined
  // What is begun but once and forgotten by the runtime is over too.
  const over = isOver(facts.state) || isEphemeral(facts.pod, container)
  // It waited to be started again: how it ended is known.
  const waited = known?.state?.waiting && known.lastState?.terminated
  if (known && over && waited)
    return { state: { terminated: waited }, lastState: {}, restartCount: known.restartCount }
  if (known && over)
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
    ? { terminated: terminated(facts, before, old) }
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
      const state = { terminated: terminated(facts, current, old) }
      return waiting
        ? { state: { waiting }, lastState: state, restartCount }
        : { state, lastState, restartCount }
    }
    default:
      return current.state satisfies never
  }
}

function amounts(
  facts: StatusFacts,
  container: Container,
  running: RuntimeContainer | undefined,
): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  const { resources = {} } = container
  return {
    ...(resources.requests ? { allocatedResources: resources.requests } : {}),
    resources: running ? facts.amountsOf(container, running.id) : resources,
  }
}

/** @param initialising whether init containers are still to come */
export function containerStatus(
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
    ...(isEphemeral(facts.pod, container)
      ? {}
      : {
          started: init && !isSidecar(container) ? false : started,
          ...amounts(facts, container, runs ? current : undefined),
        }),
    ...times,
  }
}
