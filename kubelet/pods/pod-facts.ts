/** What a pod's state depends on, from what its worker knows: the API server's word, what runs, what is under way. */

import type { Pod } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import { graceOf, isCompleted, type Situation } from './decide.ts'
import type { NodeContext } from './node-context.ts'
import type { PodFacts } from './pod-state.ts'
import type { UnderWay } from './under-way.ts'

export interface FactSources {
  node: Pick<NodeContext, 'clock' | 'view' | 'volumes' | 'files'>
  pod: Pod
  /** When the agent first saw the pod. */
  seenAt: number
  /** The API server does not know it any more. */
  vanished: boolean
  refused: PodFacts['refused']
  evicted: PodFacts['evicted']
  underWay: UnderWay
  /** Sandboxes whose network is known to be released. */
  stopped: ReadonlySet<string>
  tries: Situation['tries']
}

/** Seconds that a pod has which the API server has forgotten. */
const leastGrace = 1

/** Milliseconds since the epoch when the pod may run no longer; most have no such moment. */
export function deadlineOf({ spec, status }: Pod, seenAt: number): number | undefined {
  const seconds = spec?.activeDeadlineSeconds
  if (seconds === undefined) return undefined
  return Date.parse(status?.startTime ?? time(seenAt)) + seconds * 1000
}

export function podFacts(sources: FactSources): PodFacts {
  const { node, pod, underWay, stopped, tries, refused, evicted } = sources
  const { metadata, status } = pod
  const uid = metadata.uid ?? ''
  const now = node.clock.now()
  const seen = node.view.pod(uid)
  const deadline = deadlineOf(pod, sources.seenAt)
  const over = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  const starting = [...underWay.marks.keys()].some(
    (key) => key.startsWith('start/') || key === 'sandbox',
  )
  return {
    now,
    deletion: metadata.deletionTimestamp
      ? { graceSeconds: metadata.deletionGracePeriodSeconds ?? graceOf(pod) }
      : undefined,
    // It was forced, whatever grace it had been given before.
    vanished: sources.vanished ? { graceSeconds: leastGrace } : undefined,
    graceSeconds: graceOf(pod),
    refused,
    evicted,
    expired: deadline !== undefined && now >= deadline,
    completed: over || isCompleted({ pod, view: seen, tries }),
    running: starting || seen.containers.some(({ state }) => state === 'running'),
    // Asked of the file system only when they matter.
    held: () =>
      underWay.has('volumes') ||
      seen.sandboxes.some(({ id, state }) => state === 'ready' || !stopped.has(id)) ||
      node.volumes.mounted(uid),
    left: () => seen.sandboxes.length + seen.containers.length > 0 || node.files.exist(pod),
  }
}
