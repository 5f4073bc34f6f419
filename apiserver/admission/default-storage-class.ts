/** A claim that says nothing of its class gets the default one, if there is any. An empty class is an answer. */

import type { PersistentVolumeClaim } from '../../api/types.ts'
import type { Lister } from '../registry/lister.ts'
import { type AdmissionPlugin, concerns } from './admission.ts'
import { defaultClass } from './default-class.ts'

const annotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]
const formerly = 'volume.beta.kubernetes.io/storage-class'

export const defaultStorageClass = (lister: Lister): AdmissionPlugin => ({
  name: 'DefaultStorageClass',
  mutate(request) {
    if (request.operation !== 'CREATE' || !concerns(request, 'persistentvolumeclaims')) return
    const { spec, metadata } = request.object as unknown as PersistentVolumeClaim
    if (!spec || spec.storageClassName !== undefined) return
    if (metadata.annotations?.[formerly] !== undefined) return
    const name = defaultClass(lister, 'storageclasses.storage.k8s.io', annotations)
    if (name !== undefined) spec.storageClassName = name
  },
})
