/** The Service `kubernetes`, through which pods reach the API servers of the cluster, and where it leads. */

import type { EndpointSlice, Endpoints, Service } from '../../api/types.ts'
import type { Cluster } from '../../controllers/framework/cluster.ts'
import * as kinds from '../../controllers/framework/kinds.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import { every } from '../../ports/every.ts'
import { ensure } from './ensure.ts'
import { announce, type ServerAddress } from './server-leases.ts'

const name = 'kubernetes'
const namespace = 'default'
const labels = { component: 'apiserver', provider: 'kubernetes' }

export const ensureService = (cluster: Cluster, clusterIP: string): Promise<void> =>
  ensure(cluster, kinds.Service, serviceAt(clusterIP))

export interface EndpointsPorts {
  cluster: Cluster
  clock: Clock
  report(error: unknown): void
}

const announceEvery = 10_000

/**
 * Has the Service lead to this server, and to all others that say that they are there.
 * @param own where pods reach this server; not by a loopback address, of which they have their own
 * @returns ends it
 */
export async function keepReachable(ports: EndpointsPorts, own: ServerAddress): Promise<Cancel> {
  if (own.address.startsWith('127.')) return () => {}
  const round = async () => leadTo(ports.cluster, await announce(ports, own))
  await round()
  return every(ports.clock, announceEvery, round, ports.report)
}

/** The addresses are the servers'; everything else stays as somebody has made it. */
async function leadTo(cluster: Cluster, servers: readonly ServerAddress[]): Promise<void> {
  await ensure(cluster, kinds.Endpoints, endpointsOf(servers), (found, { subsets }) => ({
    ...found,
    subsets,
  }))
  await ensure(cluster, kinds.EndpointSlice, sliceOf(servers), (found, { endpoints, ports }) => ({
    ...found,
    endpoints,
    ports,
  }))
}

function serviceAt(clusterIP: string): Service {
  return {
    metadata: { name, namespace, labels },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    },
  }
}

function byPort(servers: readonly ServerAddress[]): [number, string[]][] {
  const ports = new Map<number, string[]>()
  for (const { address, port } of servers) ports.set(port, [...(ports.get(port) ?? []), address])
  return [...ports].sort(([one], [other]) => one - other)
}

function endpointsOf(servers: readonly ServerAddress[]): Endpoints {
  return {
    metadata: {
      name,
      namespace,
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: byPort(servers).map(([port, addresses]) => ({
      addresses: addresses.map((ip) => ({ ip })),
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    })),
  }
}

/** A slice has one set of ports: servers on another one are in the Endpoints alone. */
function sliceOf(servers: readonly ServerAddress[]): EndpointSlice {
  const [port = 6443, addresses = []] = byPort(servers)[0] ?? []
  return {
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  }
}
