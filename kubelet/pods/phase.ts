/** The phase that container statuses add up to. Pure; the rules are kubelet's. */

import type { ContainerStatus, Pod } from '../../api/types.ts'
import { initContainers, isSidecar } from './pod-progress.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

interface Counts {
  pendingInit: number
  failedInit: number
  unknown: number
  running: number
  waiting: number
  stopped: number
  succeeded: number
}

function countInit(counts: Counts, status: ContainerStatus | undefined): void {
  const { state, lastState } = status ?? {}
  if (state?.terminated) {
    if (state.terminated.exitCode !== 0) counts.failedInit++
  } else if (state?.waiting && lastState?.terminated) {
    if (lastState.terminated.exitCode !== 0) counts.failedInit++
  } else counts.pendingInit++
}

/** A sidecar that has ended does not count: it ends with the pod. */
function countSidecar(counts: Counts, status: ContainerStatus | undefined): void {
  const { state, lastState, started } = status ?? {}
  if (!state) counts.unknown++
  else if (state.running) {
    counts.running++
    if (!started) counts.pendingInit++
  } else if (state.waiting && !lastState?.terminated) {
    counts.pendingInit++
    counts.waiting++
  }
}

function countMain(counts: Counts, status: ContainerStatus | undefined): void {
  const { state, lastState } = status ?? {}
  if (state?.running) counts.running++
  else if (state?.terminated) {
    counts.stopped++
    if (state.terminated.exitCode === 0) counts.succeeded++
  } else if (state?.waiting) {
    if (lastState?.terminated) counts.stopped++
    else counts.waiting++
  } else counts.unknown++
}

/** @param over nothing of the pod will ever run again */
export function podPhase(
  pod: Pod,
  initStatuses: ContainerStatus[],
  statuses: ContainerStatus[],
  over: boolean,
): Phase {
  const known = pod.status?.phase
  if (known === 'Succeeded' || known === 'Failed') return known
  const zero = { pendingInit: 0, failedInit: 0, unknown: 0, running: 0, waiting: 0, stopped: 0 }
  const counts: Counts = { ...zero, succeeded: 0 }
  const find = (list: ContainerStatus[], name: string) => list.find((one) => one.name === name)
  for (const container of initContainers(pod)) {
    const status = find(initStatuses, container.name)
    if (isSidecar(container)) countSidecar(counts, status)
    else countInit(counts, status)
  }
  for (const { name } of pod.spec?.containers ?? []) countMain(counts, find(statuses, name))
  const phase = phaseOf(counts, pod.spec?.restartPolicy ?? 'Always', over)
  return over && phase !== 'Succeeded' ? 'Failed' : phase
}

function phaseOf(counts: Counts, policy: string, over: boolean): Phase {
  const { stopped, succeeded } = counts
  const begun = counts.running + stopped > 0 && counts.waiting === 0
  if (counts.failedInit > 0 && policy === 'Never') return 'Failed'
  if (counts.pendingInit > 0 && !begun) return 'Pending'
  if (counts.waiting > 0 || counts.unknown > 0) return 'Pending'
  if (counts.running > 0) return 'Running'
  if (stopped === 0) return 'Pending'
  if (over) return stopped === succeeded ? 'Succeeded' : 'Failed'
  if (policy === 'Always') return 'Running'
  if (stopped === succeeded) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}
