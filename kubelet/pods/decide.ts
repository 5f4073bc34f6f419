/**
 * What to do next about a pod: from what is wanted, what runs and what was tried, to a list of actions. Pure and
 * complete: called again with the same situation it answers the same, and nothing is remembered between calls.
 * Follows kubelet's order: volumes, sandbox, init containers one after the other, then containers.
 */

import type { Container, Pod } from '../../api/types.ts'
import type { RuntimeContainer, Sandbox } from '../runtime/runtime.ts'
import type { PodView } from '../runtime/runtime-view.ts'
import { containerHash } from './container-config.ts'
import {
  containersDone,
  ephemeralContainers,
  initContainers,
  initProgress,
  mayRestart,
} from './pod-progress.ts'
import type { ResizeWork } from './pod-resize.ts'
import type { PodState } from './pod-state.ts'

export type Action =
  | { do: 'mountVolumes' }
  | { do: 'runSandbox'; attempt: number }
  | { do: 'stopSandbox'; id: string }
  | { do: 'removeSandbox'; id: string }
  | { do: 'start'; container: Container; init: boolean; attempt: number; sandbox: Sandbox }
  | { do: 'resize' }
  | { do: 'kill'; container: RuntimeContainer; reason: KillReason; deadline: number }
  | { do: 'removeContainer'; container: RuntimeContainer }
  | { do: 'unmountVolumes' }
  | { do: 'removeLeftovers' }
  | { do: 'forget' }

export type KillReason =
  | 'stopping'
  | 'unhealthy'
  | 'startup'
  | 'changed'
  | 'resized'
  | 'sandboxChanged'
  | 'done'

/** What has been tried of one container, and when it may be tried again. */
export interface ContainerTries {
  /** Milliseconds since the epoch before which it must not be started. */
  notBefore: number
  /** A probe has given up on the instance with this id. */
  unhealthy: { id: string; probe: 'liveness' | 'startup'; graceSeconds?: number } | undefined
  /** The instance with this id has passed its startup probe (or has none) and its postStart hook. */
  startedId: string | undefined
  /** The instance with this id was ended only for another to take its place, whatever the pod's restart policy. */
  owedFor: string | undefined
  /** Attempts that the runtime has forgotten, as the API remembers them. */
  attempts: number
}

export interface Situation {
  pod: Pod
  state: PodState
  /** Milliseconds since the epoch. */
  now: number
  view: PodView
  tries(container: string): ContainerTries
  volumes: 'absent' | 'mounted'
  /** Before when an action that has failed must not be tried again; 0: at once. */
  notBefore(operationKey: string): number
  resize: ResizeWork
  /** Sandboxes whose network is known to be released. */
  stopped: ReadonlySet<string>
  /** Something of it is left on disk or in cgroups. */
  left(): boolean
  /** The API server has been told that it may forget the pod. */
  forgotten: boolean
  /** `operationKey`s of what is under way. */
  busy: ReadonlyMap<string, { deadline?: number }>
}

/** Two actions with the same key are never under way at once. */
export function operationKey(action: Action): string {
  switch (action.do) {
    case 'start':
      return `start/${action.container.name}`
    case 'kill':
      return `kill/${action.container.id}`
    case 'removeContainer':
      return `remove/${action.container.id}`
    case 'stopSandbox':
    case 'removeSandbox':
      return `sandbox/${action.id}`
    case 'runSandbox':
      return 'sandbox'
    case 'mountVolumes':
    case 'unmountVolumes':
      return 'volumes'
    case 'resize':
      return 'resize'
    case 'removeLeftovers':
      return 'leftovers'
    case 'forget':
      return 'forget'
    default:
      return action satisfies never
  }
}

/** A kill under way is only repeated to make it faster, by at least a second. */
function isBusy(situation: Situation, action: Action): boolean {
  const current = situation.busy.get(operationKey(action))
  if (!current) return false
  return !(
    action.do === 'kill' &&
    current.deadline !== undefined &&
    action.deadline < current.deadline - 1000
  )
}

export function decide(situation: Situation): Action[] {
  return wanted(situation).filter(
    (action) =>
      !isBusy(situation, action) && situation.now >= situation.notBefore(operationKey(action)),
  )
}

function wanted(situation: Situation): Action[] {
  const { state } = situation
  switch (state.phase) {
    case 'active':
      return activate(situation)
    case 'stopping':
      return stopContainers(situation, state.deadline)
    case 'releasing':
      return release(situation)
    case 'removing':
      return remove(situation)
    case 'removed':
      return situation.forgotten ? [] : [{ do: 'forget' }]
    case 'rejected':
    case 'finished':
    case 'gone':
      return []
    default:
      return state satisfies never
  }
}

const running = (container: RuntimeContainer) => container.state === 'running'

/** The newest instance, or none: containers come newest first. */
export const newest = (view: PodView, name: string): RuntimeContainer | undefined =>
  view.containers.find((container) => container.name === name)

export const graceOf = (pod: Pod): number => pod.spec?.terminationGracePeriodSeconds ?? 30

function activate(situation: Situation): Action[] {
  const [sandbox] = situation.view.sandboxes
  const tidying = tidy(situation)
  if (situation.volumes === 'absent') return [{ do: 'mountVolumes' }, ...tidying]
  if (sandbox?.state !== 'ready') return [...replaceSandbox(situation, sandbox), ...tidying]
  const resizing: Action[] = situation.resize.due ? [{ do: 'resize' }] : []
  return [...startContainers(situation, sandbox), ...resizing, ...tidying]
}

/** A dead sandbox takes its containers with it, and its network must be released before the next one. */
function replaceSandbox(situation: Situation, dead: Sandbox | undefined): Action[] {
  const { view, now } = situation
  const deadline = now + graceOf(situation.pod) * 1000
  const kills = view.containers
    .filter(running)
    .map((container): Action => ({ do: 'kill', container, reason: 'sandboxChanged', deadline }))
  if (kills.length > 0) return kills
  if (dead && !situation.stopped.has(dead.id)) return [{ do: 'stopSandbox', id: dead.id }]
  return [{ do: 'runSandbox', attempt: dead ? dead.attempt + 1 : 0 }]
}

function startContainers(situation: Situation, sandbox: Sandbox): Action[] {
  const { pod, view } = situation
  const here = (name: string) => {
    const container = newest(view, name)
    return container?.sandboxId === sandbox.id ? container : undefined
  }
  const progress = initProgress(pod, here, (name) => situation.tries(name).startedId)
  const actions = ephemeralContainers(pod).flatMap((one) => beginOnce(situation, sandbox, one))
  for (const container of progress.wanted)
    actions.push(...keepRunning(situation, sandbox, container, true))
  if (progress.done) {
    for (const container of pod.spec?.containers ?? []) {
      const next = keepRunning(situation, sandbox, container, false)
      actions.push(...next)
      // Its postStart hook holds back those that follow, as kubelet's sequential start does.
      if (container.lifecycle?.postStart && holdsBack(situation, container)) break
    }
  }
  return actions
}

/** An ephemeral container: an instance anywhere, or one that only the API server remembers, was its only one. */
function beginOnce(situation: Situation, sandbox: Sandbox, container: Container): Action[] {
  const { view, now, busy } = situation
  const { notBefore, attempts } = situation.tries(container.name)
  const last = newest(view, container.name)
  if (last?.state === 'created' && !busy.has(`start/${container.name}`))
    return [{ do: 'removeContainer', container: last }]
  if (last || attempts > 0 || now < notBefore) return []
  return [{ do: 'start', container, init: false, attempt: 0, sandbox }]
}

function holdsBack(situation: Situation, container: Container): boolean {
  const current = newest(situation.view, container.name)
  if (!current) return situation.now >= situation.tries(container.name).notBefore
  return situation.busy.has(`start/${container.name}`)
}

function keepRunning(
  situation: Situation,
  sandbox: Sandbox,
  container: Container,
  init: boolean,
): Action[] {
  const { pod, view, now } = situation
  const tries = situation.tries(container.name)
  const last = newest(view, container.name)
  const current = last?.sandboxId === sandbox.id ? last : undefined
  const start = (attempt: number): Action[] =>
    now < tries.notBefore ? [] : [{ do: 'start', container, init, attempt, sandbox }]
  if (!current) {
    const over =
      last?.state === 'exited' && !init && !mayRestart(pod, container, init, last.exitCode)
    return over ? [] : start(Math.max(last ? last.attempt + 1 : 0, tries.attempts))
  }
  if (situation.busy.has(`start/${container.name}`)) return []
  const kill = (reason: KillReason, graceSeconds = graceOf(pod)): Action[] => [
    { do: 'kill', container: current, reason, deadline: now + graceSeconds * 1000 },
  ]
  switch (current.state) {
    case 'running': {
      if (tries.unhealthy?.id === current.id)
        return kill(
          tries.unhealthy.probe === 'startup' ? 'startup' : 'unhealthy',
          tries.unhealthy.graceSeconds,
        )
      if (situation.resize.restart.has(current.id)) return kill('resized')
      const hash = current.annotations['io.kubernetes.container.hash']
      return hash !== undefined && hash !== containerHash(container) ? kill('changed') : []
    }
    case 'created':
      // Made by an agent that died before starting it: never ran, so its number is free again.
      return [{ do: 'removeContainer', container: current }]
    case 'unknown':
      return kill('changed', 0)
    case 'exited':
      return tries.owedFor === current.id || mayRestart(pod, container, init, current.exitCode)
        ? start(current.attempt + 1)
        : []
    default:
      return current.state satisfies never
  }
}

/** Removes what is older than the last two instances of a container, and sandboxes that hold nothing worth keeping. */
function tidy(situation: Situation): Action[] {
  const { view, stopped } = situation
  const seen = new Map<string, number>()
  const kept = new Set<string>()
  const actions: Action[] = []
  for (const container of view.containers) {
    const count = (seen.get(container.name) ?? 0) + 1
    seen.set(container.name, count)
    if (count <= 2 || running(container)) kept.add(container.sandboxId)
    else actions.push({ do: 'removeContainer', container })
  }
  for (const sandbox of view.sandboxes.slice(1)) {
    if (!stopped.has(sandbox.id)) actions.push({ do: 'stopSandbox', id: sandbox.id })
    else if (!kept.has(sandbox.id)) actions.push({ do: 'removeSandbox', id: sandbox.id })
  }
  return actions
}

/** Containers first, all at once; then sidecars, the last one first, in what is left of the grace. */
function stopContainers(situation: Situation, deadline: number): Action[] {
  const { pod, view } = situation
  const reason: KillReason = 'stopping'
  const alive = view.containers.filter(running)
  const sidecars = initContainers(pod).filter(({ restartPolicy }) => restartPolicy === 'Always')
  const isSidecar = (name: string) => sidecars.some((sidecar) => sidecar.name === name)
  const others = alive.filter(({ name }) => !isSidecar(name))
  if (others.length > 0)
    return others.map((container) => ({ do: 'kill', container, reason, deadline }))
  for (const { name } of sidecars.toReversed()) {
    const container = alive.find((candidate) => candidate.name === name)
    if (container) return [{ do: 'kill', container, reason, deadline }]
  }
  return []
}

function release(situation: Situation): Action[] {
  const actions: Action[] = situation.view.sandboxes
    .filter(({ id, state }) => state === 'ready' || !situation.stopped.has(id))
    .map(({ id }) => ({ do: 'stopSandbox', id }))
  if (situation.volumes === 'mounted' && actions.length === 0)
    actions.push({ do: 'unmountVolumes' })
  return actions
}

function remove(situation: Situation): Action[] {
  const { view } = situation
  // A sandbox takes its containers with it.
  if (view.sandboxes.length > 0)
    return view.sandboxes.map(({ id }) => ({ do: 'removeSandbox', id }))
  if (view.containers.length > 0)
    return view.containers.map((container) => ({ do: 'removeContainer', container }))
  return situation.left() ? [{ do: 'removeLeftovers' }] : []
}

/** Whether no container of the pod will ever run again. */
export function isCompleted(situation: Pick<Situation, 'pod' | 'view' | 'tries'>): boolean {
  const { pod, view } = situation
  return containersDone(
    pod,
    (name) => newest(view, name),
    ({ name, id }) => situation.tries(name).owedFor === id,
  )
}
