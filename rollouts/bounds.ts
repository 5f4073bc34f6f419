/** How far a rollout may go above and below the wanted number of replicas. Pure arithmetic, shared by gauge and rollout. */

import type { Deployment } from '../api/types.ts'

export interface Bounds {
  /** `spec.replicas`. */
  desired: number
  /** Pods above `desired`, rounded up. */
  maxSurge: number
  /** Available pods below `desired`, rounded down; 1 where both would be zero. */
  maxUnavailable: number
}

export const replicasOf = ({ spec }: { spec?: { replicas?: number } }): number =>
  spec?.replicas ?? 1

export const isRollingUpdate = ({ spec }: Deployment): boolean =>
  (spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'

export function boundsOf(deployment: Deployment): Bounds {
  const desired = replicasOf(deployment)
  if (!isRollingUpdate(deployment)) return { desired, maxSurge: 0, maxUnavailable: 0 }
  const { maxSurge = '25%', maxUnavailable = '25%' } =
    deployment.spec?.strategy?.rollingUpdate ?? {}
  const surge = share(maxSurge, desired, Math.ceil)
  const unavailable = share(maxUnavailable, desired, Math.floor)
  return {
    desired,
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, desired),
  }
}

/** The least number of available pods that a rollout leaves. */
export const floorOf = ({ desired, maxUnavailable }: Bounds): number =>
  Math.max(0, desired - maxUnavailable)

/** The greatest number of pods, those being deleted not counted. */
export const ceilingOf = ({ desired, maxSurge }: Bounds): number => desired + maxSurge

/** A number or a percentage of `total`; what is neither counts as 0 (the API server refuses it). */
function share(value: number | string, total: number, round: (x: number) => number): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)?.[1]
  return percent === undefined ? 0 : round((Number(percent) * total) / 100)
}
