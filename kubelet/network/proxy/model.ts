/**
 * What the service proxy must do, computed from Services, EndpointSlices and this node's Pods. Pure: the same objects
 * give the same model, whatever the order they came in. External addresses are refused on purpose: they would let any
 * author of a Service take over traffic meant for others.
 */

import type { EndpointSlice, Pod, Service } from '../../../api/types.ts'
import { parseAddress } from '../address.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp'

export interface Endpoint {
  address: string
  port: number
}

/** One port of one service. */
export interface ServicePort {
  /** `default/hello:http`; unique, for chain names and comments. */
  id: string
  protocol: Protocol
  /** The cluster address, on which it answers with `port`. */
  address: string
  port: number
  nodePort: number | undefined
  /** Seconds a client stays with its endpoint; 0: no affinity. */
  affinitySeconds: number
  /** Where connections to `address` go; empty: refused. */
  clusterEndpoints: Endpoint[]
  /** Where connections to `nodePort` go. */
  nodeEndpoints: Endpoint[]
  /** `externalTrafficPolicy: Local` keeps the client's address. */
  preserveClient: boolean
}

/** A container's hostPort. */
export interface HostPort {
  id: string
  protocol: Protocol
  /** Empty: every address of the node. */
  hostIP: string
  port: number
  endpoint: Endpoint
}

export interface ProxyModel {
  services: ServicePort[]
  hostPorts: HostPort[]
}

type SliceEndpoint = NonNullable<EndpointSlice['endpoints']>[number]

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export function proxyModel(
  services: Service[],
  slices: EndpointSlice[],
  pods: Pod[],
  nodeName: string,
): ProxyModel {
  const slicesOf = new Map<string, EndpointSlice[]>()
  for (const slice of slices) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name']
    if (!service || slice.addressType !== 'IPv4') continue
    const key = `${slice.metadata.namespace}/${service}`
    const known = slicesOf.get(key)
    if (known) known.push(slice)
    else slicesOf.set(key, [slice])
  }
  return {
    services: services
      .flatMap((service) => servicePorts(service, slicesOf, nodeName))
      .sort((a, b) => byText(a.id, b.id)),
    hostPorts: pods.flatMap(hostPortsOf).sort((a, b) => byText(a.id, b.id)),
  }
}

function servicePorts(
  service: Service,
  slicesOf: Map<string, EndpointSlice[]>,
  nodeName: string,
): ServicePort[] {
  const { spec, metadata } = service
  const clusterIP = spec?.clusterIP
  if (!spec || !clusterIP || clusterIP === 'None' || spec.type === 'ExternalName') return []
  if (parseAddress(clusterIP) === undefined) return []
  const key = `${metadata.namespace}/${metadata.name}`
  const slices = slicesOf.get(key) ?? []
  return (spec.ports ?? []).map((port) => {
    const candidates = candidatesOf(slices, port.name ?? '')
    const everywhere = usable(candidates)
    const here = usable(candidates.filter(({ endpoint }) => endpoint.nodeName === nodeName))
    const affinity = spec.sessionAffinity === 'ClientIP'
    return {
      id: `${key}:${port.name ?? ''}`,
      protocol: protocolOf(port.protocol),
      address: clusterIP,
      port: port.port,
      nodePort: spec.type === 'ClusterIP' ? undefined : port.nodePort,
      affinitySeconds: affinity
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800)
        : 0,
      clusterEndpoints: spec.internalTrafficPolicy === 'Local' ? here : everywhere,
      nodeEndpoints: spec.externalTrafficPolicy === 'Local' ? here : everywhere,
      preserveClient: spec.externalTrafficPolicy === 'Local',
    }
  })
}

interface Candidate {
  endpoint: SliceEndpoint
  port: number
}

/** The endpoints that serve the named port. */
function candidatesOf(slices: EndpointSlice[], portName: string): Candidate[] {
  return slices.flatMap((slice) => {
    const port = (slice.ports ?? []).find(({ name }) => (name ?? '') === portName)?.port
    if (port === undefined) return []
    return (slice.endpoints ?? []).map((endpoint) => ({ endpoint, port }))
  })
}

/** Ready ones; when there are none, those that still serve while they terminate. */
function usable(candidates: Candidate[]): Endpoint[] {
  const ready = candidates.filter(({ endpoint }) => endpoint.conditions?.ready !== false)
  const chosen =
    ready.length > 0
      ? ready
      : candidates.filter(
          ({ endpoint: { conditions } }) => conditions?.serving && conditions?.terminating,
        )
  const unique = new Map<string, Endpoint>()
  for (const { endpoint, port } of chosen)
    for (const address of endpoint.addresses.slice(0, 1))
      if (parseAddress(address) !== undefined) unique.set(`${address}:${port}`, { address, port })
  return [...unique.entries()].sort(([a], [b]) => byText(a, b)).map(([, endpoint]) => endpoint)
}

function hostPortsOf(pod: Pod): HostPort[] {
  const address = pod.status?.podIP
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (!address || over || !pod.spec || pod.spec.hostNetwork || parseAddress(address) === undefined)
    return []
  return pod.spec.containers.flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, hostIP, protocol, containerPort }) => {
      if (!hostPort) return []
      const ip = hostIP && hostIP !== '0.0.0.0' ? hostIP : ''
      if (ip !== '' && parseAddress(ip) === undefined) return []
      return [
        {
          id: `${pod.metadata.namespace}/${pod.metadata.name}:${ip}:${hostPort}/${protocolOf(protocol)}`,
          protocol: protocolOf(protocol),
          hostIP: ip,
          port: hostPort,
          endpoint: { address, port: containerPort },
        },
      ]
    }),
  )
}

function protocolOf(protocol: string | undefined): Protocol {
  switch (protocol) {
    case 'UDP':
      return 'udp'
    case 'SCTP':
      return 'sctp'
    default:
      return 'tcp'
  }
}
