/** A Service with external addresses would take over traffic that is meant for others, so no new ones are taken. */

import type { Service } from '../../api/types.ts'
import { forbidden } from '../http/status.ts'
import { type AdmissionPlugin, concerns } from './admission.ts'

export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  validate(request) {
    if (!request.object || !concerns(request, 'services')) return
    const { spec, metadata } = request.object as unknown as Service
    const old = request.old as unknown as Service | undefined
    const before = new Set(old?.spec?.externalIPs)
    if ((spec?.externalIPs ?? []).every((address) => before.has(address))) return
    throw forbidden(
      request.resource,
      metadata.name ?? '',
      'Use of external IPs is denied by admission control; remove spec.externalIPs',
    )
  },
}
