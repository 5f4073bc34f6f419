/** The older form of the same truth: one Endpoints object a Service, its addresses sorted into ready and not ready. */

import type { Endpoints, Pod, Service } from '../../api/types.ts'
import {
  addressTypes,
  type EndpointPort,
  endpointOf,
  endpointPorts,
  hostnameOf,
  isEndpoint,
  isHeadless,
  podAddresses,
} from './endpoint.ts'

type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]

/** Addresses of one Endpoints object at most; ready ones first. */
const capacity = 1_000
const overCapacity = 'endpoints.kubernetes.io/over-capacity'
const headlessLabel = 'service.kubernetes.io/headless'
const managedByLabel = 'endpoints.kubernetes.io/managed-by'

interface Candidate {
  ready: boolean
  address: Address
  ports: EndpointPort[]
}

function candidates(service: Service, pods: readonly Pod[]): Candidate[] {
  const [family = 'IPv4'] = addressTypes(service)
  return pods.flatMap((pod) => {
    const [ip] = podAddresses(pod, family)
    const leaving = pod.metadata.deletionTimestamp !== undefined
    if (!ip || !isEndpoint(pod)) return []
    if (leaving && !service.spec?.publishNotReadyAddresses) return []
    const ports = endpointPorts(service, pod)
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) return []
    const { conditions, nodeName, targetRef } = endpointOf(service, pod, [ip], undefined)
    const hostname = hostnameOf(service, pod)
    const address: Address = {
      ip,
      ...(hostname ? { hostname } : {}),
      ...(nodeName ? { nodeName } : {}),
      ...(targetRef ? { targetRef } : {}),
    }
    return [{ ready: conditions?.ready === true, address, ports }]
  })
}

/** Addresses that have the same ports stand together; everything in an order that does not depend on the pods'. */
export function subsetsOf(service: Service, pods: readonly Pod[]) {
  const all = candidates(service, pods).sort(
    (a, b) => Number(b.ready) - Number(a.ready) || compare(a.address.ip, b.address.ip),
  )
  const subsets = new Map<string, Required<Subset>>()
  for (const { ready, address, ports } of all.slice(0, capacity)) {
    const named = ports.map(({ name, ...port }) => (name ? { name, ...port } : port))
    const key = JSON.stringify(named)
    const subset = subsets.get(key) ?? {
      addresses: [],
      notReadyAddresses: [],
      ports: named as Required<Subset>['ports'],
    }
    subsets.set(key, subset)
    ;(ready ? subset.addresses : subset.notReadyAddresses).push(address)
  }
  const sorted = [...subsets.entries()].sort(([a], [b]) => compare(a, b))
  return {
    subsets: sorted.map(([, subset]) => withoutEmpty(subset)),
    truncated: all.length > capacity,
  }
}

/** The object as it should be; what others wrote into its metadata stays. */
export function endpointsFor(
  service: Service,
  pods: readonly Pod[],
  existing: Endpoints | undefined,
): Endpoints {
  const { namespace, name } = service.metadata
  const { subsets, truncated } = subsetsOf(service, pods)
  const { [overCapacity]: _, ...annotations } = existing?.metadata.annotations ?? {}
  if (truncated) annotations[overCapacity] = 'truncated'
  const labels: Record<string, string> = {
    ...service.metadata.labels,
    [managedByLabel]: 'endpoint-controller',
  }
  if (isHeadless(service)) labels[headlessLabel] = ''
  else delete labels[headlessLabel]
  return {
    ...existing,
    metadata: {
      ...(existing?.metadata ?? { namespace, name }),
      labels,
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    },
    subsets,
  }
}

const withoutEmpty = ({ addresses, notReadyAddresses, ports }: Required<Subset>): Subset => ({
  ...(addresses.length > 0 ? { addresses } : {}),
  ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
  ...(ports.length > 0 ? { ports } : {}),
})

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
