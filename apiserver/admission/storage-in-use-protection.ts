/** Claims and volumes do not vanish under those who use them: a finalizer that a controller takes off when nobody does. */

import { type AdmissionPlugin, concerns } from './admission.ts'

const finalizers = new Map([
  ['persistentvolumeclaims', 'kubernetes.io/pvc-protection'],
  ['persistentvolumes', 'kubernetes.io/pv-protection'],
])

export const storageInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate(request) {
    const { operation, resource, object } = request
    const finalizer = finalizers.get(resource.plural)
    if (operation !== 'CREATE' || !object || finalizer === undefined) return
    if (!concerns(request, resource.plural)) return
    const { finalizers: given = [] } = object.metadata
    if (!given.includes(finalizer)) object.metadata.finalizers = [...given, finalizer]
  },
}
