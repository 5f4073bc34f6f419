/** Where a Service leads: the addresses of its ready endpoints, for whoever reaches it without its own address. */

import type { EndpointSlice } from '../../api/types.ts'
import type { Lister } from './lister.ts'

export interface ServiceEndpoint {
  host: string
  port: number
}

/** @param portName as the Service names it; empty where it has no name */
export function serviceEndpoints(
  lister: Lister,
  namespace: string,
  name: string,
  portName: string,
): ServiceEndpoint[] {
  const places: ServiceEndpoint[] = []
  for (const cached of lister.list('endpointslices.discovery.k8s.io', namespace)) {
    if (cached.labels.get('kubernetes.io/service-name') !== name) continue
    const { ports, endpoints } = cached.object as unknown as EndpointSlice
    const port = ports?.find((each) => (each.name ?? '') === portName)?.port
    if (port === undefined) continue
    for (const { addresses, conditions } of endpoints ?? [])
      if (conditions?.ready !== false && addresses[0] !== undefined)
        places.push({ host: addresses[0], port })
  }
  return places
}
