/** What a ReplicaSet's status says of its pods, and when it has to be looked at again. Pure. */

import { availableFrom, isPodAvailable, isPodReady } from '../../api/pod-status.ts'
import type { Pod, ReplicaSet } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'

export type Status = NonNullable<ReplicaSet['status']>
type Condition = NonNullable<Status['conditions']>[number]

export interface Observation {
  replicaSet: ReplicaSet
  /** Its pods that are neither finished nor being deleted. */
  active: readonly Pod[]
  terminating: readonly Pod[]
  /** Why pods could not be created or deleted. */
  failure: string | undefined
  /** Milliseconds since the epoch. */
  now: number
}

/** The status it should have; equal to the present one (by `sameStatus`) when nothing is to be written. */
export function statusOf({ replicaSet, active, terminating, failure, now }: Observation): Status {
  const { spec, metadata, status } = replicaSet
  const minReady = spec?.minReadySeconds ?? 0
  const templateLabels = Object.entries(spec?.template?.metadata?.labels ?? {})
  const count = (holds: (pod: Pod) => boolean) => active.filter(holds).length
  const conditions = withFailure(status?.conditions ?? [], {
    failure,
    missing: active.length < (spec?.replicas ?? 1),
    now,
  })
  return {
    replicas: active.length,
    terminatingReplicas: terminating.length,
    observedGeneration: metadata.generation ?? 0,
    ...nonZero(
      'fullyLabeledReplicas',
      count(({ metadata: { labels } }) =>
        templateLabels.every(
          ([key, value]) =>
            labels !== undefined && Object.hasOwn(labels, key) && labels[key] === value,
        ),
      ),
    ),
    ...nonZero('readyReplicas', count(isPodReady)),
    ...nonZero(
      'availableReplicas',
      count((pod) => isPodAvailable(pod, minReady, now)),
    ),
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

/** On the wire an absent count is zero. */
const nonZero = (field: keyof Status, count: number): Partial<Status> =>
  count === 0 ? {} : { [field]: count }

interface Failure {
  failure: string | undefined
  /** There are too few pods, so what failed was a creation. */
  missing: boolean
  now: number
}

/** A failure's text stands until it is over: refusals name the pod, and each attempt another one. */
function withFailure(
  conditions: readonly Condition[],
  { failure, missing, now }: Failure,
): Condition[] {
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure')
  const current = conditions.find(({ type }) => type === 'ReplicaFailure')
  if (failure === undefined) return others
  if (current) return [...conditions]
  return [
    ...others,
    {
      type: 'ReplicaFailure',
      status: 'True',
      lastTransitionTime: time(now),
      reason: missing ? 'FailedCreate' : 'FailedDelete',
      message: failure,
    },
  ]
}

/** Absent counts are zero, as the API server may leave them out. */
export function sameStatus(a: Status | undefined, b: Status): boolean {
  return (
    (a?.replicas ?? 0) === b.replicas &&
    (a?.fullyLabeledReplicas ?? 0) === (b.fullyLabeledReplicas ?? 0) &&
    (a?.readyReplicas ?? 0) === (b.readyReplicas ?? 0) &&
    (a?.availableReplicas ?? 0) === (b.availableReplicas ?? 0) &&
    (a?.terminatingReplicas ?? 0) === (b.terminatingReplicas ?? 0) &&
    (a?.observedGeneration ?? 0) === (b.observedGeneration ?? 0) &&
    sameConditions(a?.conditions ?? [], b.conditions ?? [])
  )
}

const sameConditions = (a: readonly Condition[], b: readonly Condition[]): boolean =>
  a.length === b.length &&
  a.every((condition, at) => {
    const other = b[at]
    return (
      condition.type === other?.type &&
      condition.status === other.status &&
      condition.reason === other.reason &&
      condition.message === other.message &&
      condition.lastTransitionTime === other.lastTransitionTime
    )
  })

/** Milliseconds until the next ready pod becomes available; `undefined` when none is waiting. */
export function nextAvailability(
  active: readonly Pod[],
  minReadySeconds: number,
  now: number,
): number | undefined {
  let next = Number.POSITIVE_INFINITY
  for (const pod of active) {
    const from = availableFrom(pod, minReadySeconds)
    if (from !== undefined && from > now) next = Math.min(next, from - now)
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next
}
