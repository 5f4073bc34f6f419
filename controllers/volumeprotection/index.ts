/**
 * Lets claims and volumes go that were kept because somebody might still use them: a claim when no pod does any more,
 * a volume when no claim is bound to it. The finalizers are put there as they are made.
 */

import type {
  PersistentVolumeClaim as ClaimObject,
  Pod as PodObject,
  PersistentVolume as VolumeObject,
} from '../../api/types.ts'
import { controller, PersistentVolume, PersistentVolumeClaim, Pod } from '../framework/index.ts'

const ofClaims = 'kubernetes.io/pvc-protection'
const ofVolumes = 'kubernetes.io/pv-protection'

/** By their own names, and by those that generic ephemeral volumes give them. */
function claimsOf({ metadata, spec }: PodObject): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [persistentVolumeClaim.claimName]
    return ephemeral ? [`${metadata.name}-${name}`] : []
  })
}

const hasEnded = ({ status }: PodObject) =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed'

const isHeldBack = (
  { metadata }: Pick<ClaimObject | VolumeObject, 'metadata'>,
  finalizer: string,
): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(finalizer)

function without<T extends Pick<ClaimObject, 'metadata'>>(object: T, finalizer: string): T {
  const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer)
  return { ...object, metadata: { ...object.metadata, finalizers } }
}

export const claimProtection = controller(PersistentVolumeClaim)
  .named('claim-protection')
  .watches(Pod, (pod) =>
    claimsOf(pod).map((name) => ({ namespace: pod.metadata.namespace ?? '', name })),
  )
  .whileDeleting()
  .reconcile(async (claim, { read, update }) => {
    if (!isHeldBack(claim, ofClaims)) return undefined
    const { namespace = '', name = '' } = claim.metadata
    const isUsed = read(Pod)
      .list({ namespace })
      .some((pod) => !hasEnded(pod) && claimsOf(pod).includes(name))
    if (!isUsed) await update(PersistentVolumeClaim, without(claim, ofClaims))
    return undefined
  })

export const volumeProtection = controller(PersistentVolume)
  .named('volume-protection')
  .whileDeleting()
  .reconcile(async (volume, { update }) => {
    if (!isHeldBack(volume, ofVolumes) || volume.status?.phase === 'Bound') return undefined
    await update(PersistentVolume, without(volume, ofVolumes))
    return undefined
  })
