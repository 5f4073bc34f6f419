/**
 * How far each ReplicaSet may move now in a rolling update: the new one up, old ones down. Pure. The number of pods never
 * exceeds the ceiling and that of available pods never falls below the floor by what is decided here, also when statuses
 * are late: what is not certain counts as what would hurt.
 */

import type { Deployment } from '../../api/types.ts'
import { boundsOf, ceilingOf, floorOf, replicasOf } from '../../rollouts/bounds.ts'
import { allOf, byCreation, type Family, isActive, type Member } from '../../rollouts/family.ts'
import { isObserved, perhapsAvailable, present, surelyAvailable, wanted } from './replica-sets.ts'

export interface Scaling {
  member: Member
  replicas: number
}

/** How many replicas the new ReplicaSet should have, `newest` being absent when it has yet to be created. */
export function sizeOfNewest(deployment: Deployment, { newest, old }: Family): number {
  const bounds = boundsOf(deployment)
  const current = newest ? replicasOf(newest.replicaSet) : 0
  if (current >= bounds.desired) return bounds.desired
  // One that has not acted on its size yet may still create pods for a former, larger one.
  if (!old.every(isObserved)) return current
  const room = ceilingOf(bounds) - present(old) - (newest ? present([newest]) : 0)
  return room <= 0 ? current : current + Math.min(room, bounds.desired - current)
}

/** Sizes of old ReplicaSets that can go down now; the unhealthy ones first. Empty when none can. */
export function shrinkOld(deployment: Deployment, family: Family, now: number): Scaling[] {
  const old = family.old.filter(isActive).sort(byCreation)
  const { newest } = family
  if (old.length === 0 || !newest) return []
  const floor = floorOf(boundsOf(deployment))
  const newUnavailable = replicasOf(newest.replicaSet) - surelyAvailable([newest], now)
  const spare = wanted(allOf(family)) - floor - newUnavailable
  if (spare <= 0) return []
  const sizes = new Map(old.map((member) => [member, replicasOf(member.replicaSet)]))
  dropUnhealthy(sizes, spare, now)
  dropHealthy(sizes, surelyAvailableAt(sizes, now) + surelyAvailable([newest], now) - floor)
  return [...sizes]
    .filter(([{ replicaSet }, replicas]) => replicas !== replicasOf(replicaSet))
    .map(([member, replicas]) => ({ member, replicas }))
}

/** Unhealthy pods keep nobody available, and waiting for them would block the rollout for ever. */
function dropUnhealthy(sizes: Map<Member, number>, atMost: number, now: number): void {
  let left = atMost
  for (const [member, size] of sizes) {
    const unhealthy = Math.max(0, size - perhapsAvailable(member, now))
    const dropped = Math.min(left, unhealthy)
    sizes.set(member, size - dropped)
    left -= dropped
  }
}

function dropHealthy(sizes: Map<Member, number>, atMost: number): void {
  let left = Math.max(0, atMost)
  for (const [member, size] of sizes) {
    const dropped = Math.min(left, size)
    sizes.set(member, size - dropped)
    left -= dropped
  }
}

const surelyAvailableAt = (sizes: ReadonlyMap<Member, number>, now: number): number => {
  let available = 0
  for (const [member, size] of sizes) available += Math.min(size, surelyAvailable([member], now))
  return available
}
