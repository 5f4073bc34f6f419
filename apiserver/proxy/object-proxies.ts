/** `pods/proxy`, `services/proxy` and `nodes/proxy`: where each of them leads. */

import type { Node, Pod, Service } from '../../api/types.ts'
import type { Random } from '../../ports/random.ts'
import { badRequest, notFound, serviceUnavailable } from '../http/status.ts'
import type {
  SubresourceHandler,
  SubresourceHandlers,
  SubresourceRequest,
} from '../http/subresource-handler.ts'
import type { Lister } from '../registry/lister.ts'
import { anyEndpoint } from '../registry/service-endpoints.ts'
import { underPrefix } from './page-links.ts'
import { parseProxyName } from './proxy-name.ts'
import { checkProxyable } from './proxyable-address.ts'
import type { Destination } from './reverse-proxy.ts'

export interface ObjectProxyPorts {
  lister: Lister
  random: Random
  /** How this server proves itself to nodes' own servers, and whom it believes; without it they cannot be reached. */
  nodeTls?: (node: Node) => Destination['tls']
  /** Addresses that may be reached: not this machine's own, unless told. */
  checkAddress?: (address: string) => void
}

type Place = Omit<Destination, 'path'>
type Find = (request: SubresourceRequest, ports: ObjectProxyPorts) => Place

export function objectProxies(ports: ObjectProxyPorts): SubresourceHandlers {
  return new Map([
    ['pods/proxy', proxy(podPlace, ports)],
    ['services/proxy', proxy(servicePlace, ports)],
    ['nodes/proxy', proxy(nodePlace, ports)],
  ])
}

function proxy(find: Find, ports: ObjectProxyPorts): SubresourceHandler {
  const destination = (request: SubresourceRequest, url: string): Destination => {
    const place = find(request, ports)
    ;(ports.checkAddress ?? checkProxyable)(place.host)
    const query = url.includes('?') ? url.slice(url.indexOf('?')) : ''
    return { ...place, path: `${request.rest || '/'}${query}` }
  }
  return {
    async serve(exchange, request) {
      const { method, url } = exchange
      // A browser would take what is relative on the page to be beside the proxy, not below it.
      if (request.rest === '' && (method === 'GET' || method === 'HEAD')) {
        const [path, query] = url.split(/\?(.*)/s)
        const location = query === undefined ? `${path}/` : `${path}/?${query}`
        exchange.send(301, { Location: location }, Buffer.alloc(0))
        return
      }
      const to = destination(request, url)
      const path = url.split('?')[0] ?? ''
      const prefix = path.slice(0, path.length - request.rest.length)
      const { forward } = await import('./reverse-proxy.ts')
      await forward(exchange, to, underPrefix(prefix, `${to.host}:${to.port}`))
    },
    async upgrade(connection, request, exchange) {
      const to = destination(request, exchange.url)
      const { forwardUpgrade } = await import('./reverse-proxy.ts')
      await forwardUpgrade(connection, exchange, to)
    },
  }
}

const defaultPort = (secure: boolean) => (secure ? 443 : 80)

function podPlace({ target }: SubresourceRequest, { lister }: ObjectProxyPorts): Place {
  const { secure, name, port } = parseProxyName(target.name, 'pod')
  const pod = lister.get<Pod>('pods', target.namespace, name)
  if (!pod) throw notFound(target.resource, name)
  const host = pod.status?.podIP
  if (!host) throw badRequest(`pod ${name} has no address yet`)
  const ports = (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
  const named = ports.find((each) => each.name === port && port !== '')
  const number =
    port === ''
      ? (ports[0]?.containerPort ?? defaultPort(secure))
      : (named?.containerPort ?? portNumber(port, 'pod'))
  return { ...trusting(secure), host, port: number, name: `pod ${JSON.stringify(name)}` }
}

/** Whoever has a pod's address is the pod: there is no authority that vouches for it. */
const trusting = (secure: boolean) => ({
  secure,
  ...(secure && { tls: { rejectUnauthorized: false } }),
})

function portNumber(text: string, kind: string): number {
  const number = Number(text)
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 65_535)
    throw badRequest(`invalid ${kind} port ${JSON.stringify(text)}`)
  return number
}

function servicePlace({ target }: SubresourceRequest, { lister, random }: ObjectProxyPorts): Place {
  const { secure, name, port } = parseProxyName(target.name, 'service')
  const service = lister.get<Service>('services', target.namespace, name)
  if (!service) throw notFound(target.resource, name)
  const wanted = servicePort(service, port)
  if (!wanted)
    throw serviceUnavailable(
      `no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`,
    )
  const { namespace } = target
  const place = anyEndpoint(lister, { namespace, name, portName: wanted.name }, random)
  if (!place) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`)
  return { ...trusting(secure), ...place, name: `service ${JSON.stringify(name)}` }
}

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number]

function servicePort({ spec }: Service, port: string): ServicePort | undefined {
  const ports = spec?.ports ?? []
  if (port === '') return ports.length === 1 ? ports[0] : ports.find(({ name = '' }) => name === '')
  return ports.find((each) => each.name === port || String(each.port) === port)
}

const kubeletPort = 10_250

function nodePlace({ target }: SubresourceRequest, ports: ObjectProxyPorts): Place {
  const { secure, name, port } = parseProxyName(target.name, 'node')
  const node = ports.lister.get<Node>('nodes', '', name)
  if (!node) throw notFound(target.resource, name)
  const host = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
  if (!host) throw badRequest(`node ${name} has not reported an address yet`)
  const endpoint = node.status?.daemonEndpoints?.kubeletEndpoint as { Port?: number } | undefined
  const own = endpoint?.Port ?? kubeletPort
  const about = { host, name: `node ${JSON.stringify(name)}` }
  if (port !== '' && port !== String(own))
    return { ...trusting(secure), ...about, port: portNumber(port, 'node') }
  const tls = ports.nodeTls?.(node)
  if (!tls) throw serviceUnavailable('this server has no credentials for nodes')
  return { ...about, secure: true, port: own, tls }
}
