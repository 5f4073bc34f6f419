/** Where a Service leads: the addresses of its ready endpoints, for whoever reaches it without its own address. */

import type { EndpointSlice } from '../../api/types.ts'
import type { Random } from '../../ports/random.ts'
import type { Lister } from './lister.ts'

export interface ServiceEndpoint {
  host: string
  port: number
}

/** A port of a Service, by its name; empty where it has none. */
export interface ServicePortName {
  namespace: string
  name: string
  portName: string | undefined
}

/** One of the ready ones, by chance. */
export function anyEndpoint(
  lister: Lister,
  port: ServicePortName,
  random: Random,
): ServiceEndpoint | undefined {
  const places = endpointsOf(lister, port)
  return places[Math.floor(random.next() * places.length)]
}

function endpointsOf(
  lister: Lister,
  { namespace, name, portName = '' }: ServicePortName,
): ServiceEndpoint[] {
  const places: ServiceEndpoint[] = []
  for (const cached of lister.list('endpointslices.discovery.k8s.io', namespace)) {
    if (cached.labels.get('kubernetes.io/service-name') !== name) continue
    const { addressType, ports, endpoints } = cached.object as unknown as EndpointSlice
    // A name leads wherever its owner says, this machine included.
    if (addressType === 'FQDN') continue
    const port = ports?.find((each) => (each.name ?? '') === portName)?.port
    if (port === undefined) continue
    for (const { addresses, conditions } of endpoints ?? [])
      if (conditions?.ready !== false && addresses[0] !== undefined)
        places.push({ host: addresses[0], port })
  }
  return places
}
