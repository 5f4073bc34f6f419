/**
 * A rollout as it is looked at: the verdict, how its pods stand to the bounds, and each revision with its pods. The same
 * objects give the same view, in whatever order they came. Pure.
 */

import { isPodActive, isPodAvailable, isPodReady, isPodTerminating } from '../api/pod-status.ts'
import type { Pod } from '../api/types.ts'
import { boundsOf, ceilingOf, floorOf, isRollingUpdate, replicasOf } from './bounds.ts'
import { imagesOf } from './change.ts'
import { conditionOf } from './condition.ts'
import { explainFamily } from './explain.ts'
import type { Explanation } from './explanation.ts'
import { byRevision, type Family, familyIn, type Member } from './family.ts'
import { hashOf } from './history.ts'
import { revisionOf } from './revision.ts'
import type { Snapshot } from './snapshot.ts'
import { span } from './span.ts'
import { troubleOf } from './troubles/index.ts'

/**
 * - `available`: counts. `ready`: will count after `minReadySeconds`. `starting`: nothing is wrong yet.
 * - `failing`: something has to change. `waiting`: it waits for a node, an init container or its probe.
 * - `terminating`: being deleted. `ended`: its containers are done.
 */
export type PodState =
  | 'available'
  | 'ready'
  | 'starting'
  | 'waiting'
  | 'failing'
  | 'terminating'
  | 'ended'

export interface PodView {
  name: string
  uid: string
  state: PodState
  /** What is the matter; empty when it is available. */
  note: string
}

export interface RevisionView {
  replicaSet: string
  hash: string
  revision: number
  images: string[]
  newest: boolean
  /** `spec.replicas` of its ReplicaSet. */
  wanted: number
  available: number
  /** By name. */
  pods: PodView[]
}

/** Pods, as they count against the bounds. */
export interface Gauge {
  desired: number
  floor: number
  ceiling: number
  oldAvailable: number
  oldUnready: number
  newAvailable: number
  newStarting: number
  /** Beyond the bar: they count neither way. */
  terminating: number
}

export type Outcome = 'under way' | 'complete' | 'failed' | 'paused'

export interface Progress {
  namespace: string
  name: string
  explanation: Explanation
  outcome: Outcome
  gauge: Gauge
  /** Newest first. */
  revisions: RevisionView[]
}

export function progressOf({ deployment, replicaSets, pods, ...told }: Snapshot): Progress {
  const family = familyIn(deployment, replicaSets, pods)
  const explanation = explainFamily(deployment, family, told)
  const { newest, old } = family
  const views = [...old]
    .sort((a, b) => byRevision(b, a))
    .map((member) => revisionView(member, false, told))
  const now = newest && revisionView(newest, true, told)
  const revisions = now ? [now, ...views] : views
  return {
    namespace: deployment.metadata.namespace ?? 'default',
    name: deployment.metadata.name ?? '',
    explanation,
    outcome: outcomeOf(deployment, explanation),
    gauge: gaugeOf(deployment, family, revisions),
    revisions,
  }
}

function outcomeOf(deployment: Snapshot['deployment'], { code }: Explanation): Outcome {
  if (code === 'paused' || code === 'complete') return code
  const progressing = conditionOf(deployment.status?.conditions, 'Progressing')
  const seen = code !== 'not-observed'
  return seen && progressing?.reason === 'ProgressDeadlineExceeded' ? 'failed' : 'under way'
}

type Told = Pick<Snapshot, 'events' | 'logs' | 'now'>

function revisionView({ replicaSet, pods }: Member, newest: boolean, told: Told): RevisionView {
  const minReady = replicaSet.spec?.minReadySeconds ?? 0
  const views = pods
    .map((pod) => podView(pod, minReady, told))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return {
    replicaSet: replicaSet.metadata.name ?? '',
    hash: hashOf(replicaSet),
    revision: revisionOf(replicaSet),
    images: imagesOf(replicaSet.spec?.template),
    newest,
    wanted: replicasOf(replicaSet),
    available: views.filter(({ state }) => state === 'available').length,
    pods: views,
  }
}

function podView(pod: Pod, minReady: number, told: Told): PodView {
  const { name = '', uid = '' } = pod.metadata
  const [state, note] = stateOf(pod, minReady, told)
  return { name, uid, state, note }
}

function stateOf(pod: Pod, minReady: number, { events, logs, now }: Told): [PodState, string] {
  if (isPodTerminating(pod)) return ['terminating', endsIn(pod, now)]
  if (!isPodActive(pod)) {
    const { phase = '', reason, message } = pod.status ?? {}
    return ['ended', [reason ?? phase, message].filter(Boolean).join(': ')]
  }
  if (isPodAvailable(pod, minReady, now ?? Number.POSITIVE_INFINITY)) return ['available', '']
  if (isPodReady(pod)) return ['ready', `for ${minReady} s before it counts`]
  const trouble = troubleOf(pod, { events: events ?? [], logs: logs ?? [], now })
  if (!trouble) return ['starting', pod.status?.phase === 'Running' ? '' : 'containers are made']
  const patient = trouble.code === 'init' || trouble.code === 'readiness'
  const state = patient || trouble.code === 'unschedulable' ? 'waiting' : 'failing'
  return [state, trouble.sentence]
}

function endsIn({ metadata }: Pod, now: number | undefined): string {
  const held = metadata.finalizers?.length ? `held by ${metadata.finalizers.join(', ')}` : ''
  if (now === undefined) return held
  const left = Date.parse(metadata.deletionTimestamp ?? '') - now
  const clock = left > 0 ? `${span(left)} left` : 'overdue'
  return [clock, held].filter(Boolean).join(', ')
}

function gaugeOf(
  deployment: Snapshot['deployment'],
  { newest, old }: Family,
  revisions: readonly RevisionView[],
): Gauge {
  const bounds = boundsOf(deployment)
  const count = (ofNewest: boolean, ...states: PodState[]) =>
    revisions
      .filter((revision) => revision.newest === ofNewest)
      .reduce((sum, { pods }) => sum + pods.filter(({ state }) => states.includes(state)).length, 0)
  const unready = ['ready', 'starting', 'waiting', 'failing'] as const
  return {
    desired: bounds.desired,
    // Recreate leaves none on purpose.
    floor: isRollingUpdate(deployment) ? floorOf(bounds) : 0,
    ceiling: ceilingOf(bounds),
    oldAvailable: count(false, 'available'),
    oldUnready: count(false, ...unready),
    newAvailable: count(true, 'available'),
    newStarting: count(true, ...unready),
    terminating: [...old, ...(newest ? [newest] : [])].reduce(
      (sum, { pods }) => sum + pods.filter(isPodTerminating).length,
      0,
    ),
  }
}
