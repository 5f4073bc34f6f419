/** A pod runs as a service account; one that names none runs as its namespace's `default`. */

import type { Pod } from '../../api/types.ts'
import { type AdmissionPlugin, concerns } from './admission.ts'

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  mutate(request) {
    if (request.operation !== 'CREATE' || !concerns(request, 'pods')) return
    const { spec } = request.object as unknown as Pod
    if (!spec) return
    spec.serviceAccountName ||= 'default'
    spec.serviceAccount = spec.serviceAccountName
  },
}
