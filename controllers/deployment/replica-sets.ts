/** How many pods ReplicaSets are to have, have, and have available. Pure. */

import { isPodActive, isPodAvailable } from '../../api/pod-status.ts'
import { replicasOf } from '../../rollouts/bounds.ts'
import type { Member } from '../../rollouts/family.ts'

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
