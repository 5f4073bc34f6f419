/** A claim grows only where there is a volume that can: bound, and of a class that allows it. */

import { parseQuantity } from '../../api/quantity.ts'
import type { PersistentVolumeClaim, StorageClass } from '../../api/types.ts'
import type { Lister } from '../registry/lister.ts'
import { type AdmissionPlugin, concerns } from './admission.ts'
import { refusal } from './refusal.ts'

const sizeOf = ({ spec }: PersistentVolumeClaim): bigint =>
  parseQuantity(spec?.resources?.requests?.storage ?? '0') ?? 0n

const classOf = ({ metadata, spec }: PersistentVolumeClaim): string =>
  metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? ''

export const claimResize = (lister: Lister): AdmissionPlugin => ({
  name: 'PersistentVolumeClaimResize',
  validate(request) {
    if (request.operation !== 'UPDATE' || !concerns(request, 'persistentvolumeclaims')) return
    const claim = request.object as unknown as PersistentVolumeClaim
    const old = request.old as unknown as PersistentVolumeClaim
    if (sizeOf(claim) <= sizeOf(old)) return
    if (old.status?.phase !== 'Bound')
      throw refusal(request, 'Only bound persistent volume claims can be expanded')
    const name = classOf(claim)
    const grows =
      name !== '' &&
      name === classOf(old) &&
      lister.get<StorageClass>('storageclasses.storage.k8s.io', '', name)?.allowVolumeExpansion
    if (!grows)
      throw refusal(
        request,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      )
  },
})
