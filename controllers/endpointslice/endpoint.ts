/** What one pod contributes to a Service: an address, its conditions, and the numbers behind the Service's ports. */

import { isPodReady } from '../../api/pod-status.ts'
import type { EndpointSlice, Node, Pod, Service } from '../../api/types.ts'

export type Endpoint = NonNullable<EndpointSlice['endpoints']>[number]
export type EndpointPort = NonNullable<EndpointSlice['ports']>[number]
export type AddressType = 'IPv4' | 'IPv6'

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number]

const zoneLabel = 'topology.kubernetes.io/zone'

export const isHeadless = ({ spec }: Service): boolean => spec?.clusterIP === 'None'

/** Whether the control plane keeps endpoints for it; else somebody else does. */
export const hasSelector = ({ spec }: Service): boolean =>
  spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0

/** Finished pods and pods without an address are nobody's endpoints. */
export const isEndpoint = ({ status }: Pod): boolean =>
  (status?.podIP !== undefined || status?.podIPs !== undefined) &&
  status.phase !== 'Failed' &&
  status.phase !== 'Succeeded'

const isOf = (type: AddressType, ip: string): boolean => ip.includes(':') === (type === 'IPv6')

export function podAddresses({ status }: Pod, type: AddressType): string[] {
  const { podIP, podIPs = podIP ? [{ ip: podIP }] : [] } = status ?? {}
  const addresses: string[] = []
  for (const { ip } of podIPs) if (ip && isOf(type, ip)) addresses.push(ip)
  return addresses
}

/** Which families a Service's endpoints have; a Service from before dual stack has its address' own. */
export function addressTypes({ spec }: Service): AddressType[] {
  if (spec?.ipFamilies?.length) return spec.ipFamilies as AddressType[]
  return [spec?.clusterIP && isOf('IPv6', spec.clusterIP) ? 'IPv6' : 'IPv4']
}

/**
 * The ports of the Service as this pod has them. A target port is named by the pod's containers; a pod that has none
 * of that name contributes nothing to that port.
 */
export function endpointPorts({ spec }: Service, pod: Pod): EndpointPort[] {
  return (spec?.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod)
    if (number === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = port
    return [{ name, protocol, port: number, ...(appProtocol ? { appProtocol } : {}) }]
  })
}

function targetPort({ port, targetPort: target, protocol = 'TCP' }: ServicePort, { spec }: Pod) {
  if (target === undefined) return port
  if (typeof target === 'number') return target === 0 ? port : target
  const sidecars = (spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === 'Always',
  )
  for (const container of [...(spec?.containers ?? []), ...sidecars])
    for (const { name, containerPort, protocol: spoken = 'TCP' } of container.ports ?? [])
      if (name === target && spoken === protocol) return containerPort
  return undefined
}

/** The name under which DNS finds the pod itself, where it has asked for one below this Service. */
export const hostnameOf = (service: Service, { spec }: Pod): string | undefined =>
  spec?.hostname && spec.subdomain === service.metadata.name ? spec.hostname : undefined

/** @param addresses the pod's addresses of one family */
export function endpointOf(
  service: Service,
  pod: Pod,
  addresses: string[],
  node: Node | undefined,
): Endpoint {
  const serving = isPodReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const { namespace, name, uid } = pod.metadata
  const hostname = hostnameOf(service, pod)
  const zone = node?.metadata.labels?.[zoneLabel]
  return {
    addresses,
    conditions: {
      ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  }
}
