/**
 * Scaling a Deployment in the middle of a rollout, or while it is paused: all active ReplicaSets grow or shrink in
 * proportion, so that a broken new template does not get a larger share than it had. Pure.
 */

import type { Deployment } from '../../api/types.ts'
import { boundsOf, ceilingOf, isRollingUpdate, replicasOf } from '../../rollouts/bounds.ts'
import {
  allOf,
  byCreation,
  bySizeNewer,
  bySizeOlder,
  type Family,
  isActive,
  type Member,
} from '../../rollouts/family.ts'
import { desiredAnnotation, maxAnnotation, numberIn } from '../../rollouts/revision.ts'
import { wanted } from './replica-sets.ts'
import type { Scaling } from './rolling.ts'

/**
 * Whether `spec.replicas` has changed since the active ReplicaSets were last sized. With `Recreate` there is nothing to
 * share out: the rollout itself sizes the one ReplicaSet that may have pods.
 */
export const isScalingEvent = (deployment: Deployment, family: Family): boolean =>
  isRollingUpdate(deployment) &&
  allOf(family)
    .filter(isActive)
    .some(({ replicaSet }) => {
      const desired = numberIn(replicaSet.metadata, desiredAnnotation)
      return desired !== undefined && desired !== replicasOf(deployment)
    })

/** The sizes that ReplicaSets should have, also of those whose size stays but whose annotations may be old. */
export function scaleProportionally(deployment: Deployment, family: Family): Scaling[] {
  const desired = replicasOf(deployment)
  const single = activeOrLatest(family)
  if (single) return [{ member: single, replicas: desired }]
  if (isSaturated(deployment, family.newest))
    return family.old.filter(isActive).map((member) => ({ member, replicas: 0 }))
  return isRollingUpdate(deployment) ? distribute(deployment, family) : []
}

/** The only active ReplicaSet, or the newest when none is active; `undefined` when several are. */
function activeOrLatest(family: Family): Member | undefined {
  const active = allOf(family).filter(isActive)
  if (active.length > 1) return undefined
  return active[0] ?? family.newest ?? [...family.old].sort(byCreation).at(-1)
}

/** Whether the new ReplicaSet alone is all that the Deployment wants. */
function isSaturated(deployment: Deployment, newest: Member | undefined): boolean {
  if (!newest) return false
  const desired = replicasOf(deployment)
  const { metadata, status } = newest.replicaSet
  return (
    replicasOf(newest.replicaSet) === desired &&
    numberIn(metadata, desiredAnnotation) === desired &&
    (status?.availableReplicas ?? 0) === desired
  )
}

function distribute(deployment: Deployment, family: Family): Scaling[] {
  const bounds = boundsOf(deployment)
  const active = allOf(family).filter(isActive)
  const allowed = bounds.desired > 0 ? ceilingOf(bounds) : 0
  const toAdd = allowed - wanted(active)
  active.sort(toAdd > 0 ? bySizeNewer : bySizeOlder)
  let added = 0
  const scalings = active.map((member): Scaling => {
    const share = toAdd === 0 ? 0 : proportion(deployment, member, toAdd - added, toAdd)
    added += share
    return { member, replicas: replicasOf(member.replicaSet) + share }
  })
  // What rounding left over goes to the largest.
  const largest = scalings[0]
  if (largest) largest.replicas = Math.max(0, largest.replicas + toAdd - added)
  return scalings
}

/** How many replicas of the `left` that remain to be added (or, negative, taken) go to this ReplicaSet. */
function proportion(deployment: Deployment, member: Member, left: number, toAdd: number): number {
  if (left === 0) return 0
  const fraction = ownFraction(deployment, member)
  return toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left)
}

function ownFraction(deployment: Deployment, { replicaSet }: Member): number {
  const size = replicasOf(replicaSet)
  const bounds = boundsOf(deployment)
  if (bounds.desired === 0) return -size
  const before = numberIn(replicaSet.metadata, maxAnnotation) || deployment.status?.replicas || 0
  if (before === 0) return 0
  return Math.round((size * ceilingOf(bounds)) / before) - size
}
