/** Which of a Deployment's ReplicaSets is the new one, which are old, and how they are ordered. Pure. */

import { controllerOf } from '../api/owner.ts'
import type { Deployment, Pod, ReplicaSet } from '../api/types.ts'
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

/** The same from all objects of the namespace: those of others are left out of account. */
export function familyIn(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  pods: readonly Pod[],
): Family {
  const { uid } = deployment.metadata
  const own = replicaSets.filter((each) => controllerOf(each)?.uid === uid)
  const members = own.map((replicaSet): Member => ({ replicaSet, pods: podsOf(replicaSet, pods) }))
  return familyOf(deployment, members)
}

const podsOf = ({ metadata: { uid } }: ReplicaSet, pods: readonly Pod[]): Pod[] =>
  pods.filter((pod) => controllerOf(pod)?.uid === uid)
