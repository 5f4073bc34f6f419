/** Which of a Deployment's ReplicaSets is the new one, which are old, and how they are ordered and counted. Pure. */

import { isPodActive, isPodAvailable } from '../../api/pod-status.ts'
import type { Deployment, Pod, ReplicaSet } from '../../api/types.ts'
import { replicasOf } from './bounds.ts'
import { revisionOf } from './revision.ts'
import { sameTemplate } from './template.ts'

/** A ReplicaSet with what its pods say, which may be newer than its status. */
export interface Member {
  replicaSet: ReplicaSet
  pods: readonly Pod[]
}

export interface Family {
  newest: Member | undefined
  old: Member[]
}

const created = ({ metadata }: ReplicaSet): string => metadata.creationTimestamp ?? ''
const nameOf = ({ metadata }: ReplicaSet): string => metadata.name ?? ''
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

type Order = (a: Member, b: Member) => number

/** Oldest first, then by name. */
export const byCreation: Order = ({ replicaSet: a }, { replicaSet: b }) =>
  compare(created(a), created(b)) || compare(nameOf(a), nameOf(b))

/** Largest first; the newer of two equal ones first. */
export const bySizeNewer: Order = (a, b) =>
  replicasOf(b.replicaSet) - replicasOf(a.replicaSet) || byCreation(b, a)

/** Largest first; the older of two equal ones first. */
export const bySizeOlder: Order = (a, b) =>
  replicasOf(b.replicaSet) - replicasOf(a.replicaSet) || byCreation(a, b)

/** Lowest revision first. */
export const byRevision: Order = (a, b) =>
  revisionOf(a.replicaSet) - revisionOf(b.replicaSet) || byCreation(a, b)

/** The new ReplicaSet is the oldest that has the Deployment's template: more than one is an accident of the past. */
export function familyOf(deployment: Deployment, members: readonly Member[]): Family {
  const sorted = [...members].sort(byCreation)
  const newest = sorted.find(({ replicaSet }) =>
    sameTemplate(replicaSet.spec?.template, deployment.spec?.template),
  )
  return { newest, old: sorted.filter((member) => member !== newest) }
}

export const allOf = ({ newest, old }: Family): Member[] => (newest ? [...old, newest] : [...old])

export const isActive = ({ replicaSet }: Member): boolean => replicasOf(replicaSet) > 0

const sum = (members: readonly Member[], count: (member: Member) => number): number =>
  members.reduce((total, member) => total + count(member), 0)

/** How many pods they are to have. */
export const wanted = (members: readonly Member[]): number =>
  sum(members, ({ replicaSet }) => replicasOf(replicaSet))

/** Whether the ReplicaSet controller has acted on the present size. */
export const isObserved = ({ replicaSet: { metadata, status } }: Member): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)

/** The most pods they may have now: what they are to have, or what is still there. */
export const present = (members: readonly Member[]): number =>
  sum(members, ({ replicaSet, pods }) =>
    Math.max(
      replicasOf(replicaSet),
      replicaSet.status?.replicas ?? 0,
      pods.filter(isPodActive).length,
    ),
  )

/** Pods of which all that is known agrees that they are available and will stay. */
export const surelyAvailable = (members: readonly Member[], now: number): number =>
  sum(members, (member) =>
    Math.min(
      replicasOf(member.replicaSet),
      member.replicaSet.status?.availableReplicas ?? 0,
      availablePods(member, now),
    ),
  )

/** Pods of which anything that is known says they may be available. */
export const perhapsAvailable = (member: Member, now: number): number =>
  Math.max(member.replicaSet.status?.availableReplicas ?? 0, availablePods(member, now))

const availablePods = ({ replicaSet, pods }: Member, now: number): number => {
  const minReady = replicaSet.spec?.minReadySeconds ?? 0
  return pods.filter((pod) => isPodActive(pod) && isPodAvailable(pod, minReady, now)).length
}
