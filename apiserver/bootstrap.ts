/**
 * What every cluster has before anybody made anything: its own namespaces, and the Service `kubernetes` through
 * which pods reach this server. Made at start, and put right again now and then.
 */

import { same } from '../api/same.ts'
import type { EndpointSlice, Endpoints, Lease, Namespace, Service } from '../api/types.ts'
import {
  type Cluster,
  isAlreadyExists,
  isConflict,
  type WithMeta,
} from '../controllers/framework/cluster.ts'
import type { Kind } from '../controllers/framework/kind.ts'
import * as kinds from '../controllers/framework/kinds.ts'
import { type Cancel, type Clock, microTime } from '../ports/clock.ts'
import { ensurePriorityClasses } from './bootstrap-priority-classes.ts'

export interface BootstrapOptions {
  cluster: Cluster
  clock: Clock
  /** The address of the Service `kubernetes`. */
  serviceAddress: string
  /** Where pods reach this server; absent: not at all. */
  advertise?: { address: string; port: number }
  report(error: unknown): void
}

const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']
const name = 'kubernetes'
const namespace = 'default'
const reviseEvery = 10_000
const leases = 'kube-system'
const leaseLabels = { 'apiserver.kubernetes.io/identity': 'kube-apiserver' }
const leaseSeconds = 30
const labels = { component: 'apiserver', provider: 'kubernetes' }

/** Resolves when everything is there; what is returned ends the care for it. */
export async function bootstrap(options: BootstrapOptions): Promise<Cancel> {
  await revise(options)
  const { clock, report } = options
  let stopped = false
  let cancel: Cancel = () => {}
  const next = () => {
    cancel = clock.after(reviseEvery, () => {
      revise(options)
        .catch(report)
        .finally(() => {
          if (!stopped) next()
        })
    })
  }
  next()
  return () => {
    stopped = true
    cancel()
  }
}

async function revise(options: BootstrapOptions): Promise<void> {
  const { cluster, serviceAddress, advertise } = options
  await Promise.all(systemNamespaces.map((name) => ensureNamespace(cluster, name)))
  await ensurePriorityClasses(cluster)
  await ensure(cluster, kinds.Service, kubernetesService(serviceAddress))
  // Pods have loopback addresses of their own.
  if (!advertise || advertise.address.startsWith('127.')) return
  const alive = await announce(options, advertise)
  await ensure(cluster, kinds.Endpoints, endpointsOf(alive), merged)
  await ensure(cluster, kinds.EndpointSlice, sliceOf(alive), mergedSlice)
}

/** Says in a lease that this server is there, and reads which others have said so. */
async function announce(
  { cluster, clock }: BootstrapOptions,
  { address, port }: Advertise,
): Promise<Advertise[]> {
  const now = clock.now()
  const spec = {
    holderIdentity: `${address}:${port}`,
    leaseDurationSeconds: leaseSeconds,
    renewTime: microTime(now),
  }
  const place = { name: `apiserver-${address}-${port}`.replaceAll(':', '-'), namespace: leases }
  const own: Lease = { metadata: { ...place, labels: leaseLabels }, spec }
  await ensure(cluster, kinds.Lease, own, (found) => ({
    ...found,
    spec: { ...found.spec, ...spec },
  }))
  const labelSelector = Object.entries(leaseLabels)[0]?.join('=')
  const { items } = await cluster.list(kinds.Lease, { namespace: leases, labelSelector })
  const holders = items
    .filter((lease) => now - Date.parse(lease.spec?.renewTime ?? '') < leaseSeconds * 1000)
    .map((lease) => lease.spec?.holderIdentity ?? '')
  return [...new Set([...holders, `${address}:${port}`])].sort().map(parseHolder)
}

function parseHolder(holder: string): Advertise {
  const colon = holder.lastIndexOf(':')
  return { address: holder.slice(0, colon), port: Number(holder.slice(colon + 1)) }
}

async function ensureNamespace(cluster: Cluster, name: string): Promise<void> {
  const wanted: Namespace = { metadata: { name } }
  await ensure(cluster, kinds.Namespace, wanted)
}

/** Creates what is missing; changes what is there if `change` says how. Losing a race is as good as winning it. */
async function ensure<T extends WithMeta>(
  cluster: Cluster,
  kind: Kind<T>,
  wanted: T,
  change?: (found: T, wanted: T) => T,
): Promise<void> {
  try {
    const { name = '', namespace } = wanted.metadata
    const found = await cluster.get(kind, { name, namespace })
    if (!found) await cluster.create(kind, wanted)
    else if (change) {
      const next = change(found, wanted)
      if (!same(next, found)) await cluster.update(kind, next)
    }
  } catch (error) {
    if (!isAlreadyExists(error) && !isConflict(error)) throw error
  }
}

function kubernetesService(clusterIP: string): Service {
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

type Advertise = NonNullable<BootstrapOptions['advertise']>

function byPort(alive: readonly Advertise[]): [number, string[]][] {
  const ports = new Map<number, string[]>()
  for (const { address, port } of alive) ports.set(port, [...(ports.get(port) ?? []), address])
  return [...ports].sort(([one], [other]) => one - other)
}

function endpointsOf(alive: readonly Advertise[]): Endpoints {
  return {
    metadata: {
      name,
      namespace,
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: byPort(alive).map(([port, addresses]) => ({
      addresses: addresses.map((ip) => ({ ip })),
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    })),
  }
}

/** A slice has one set of ports: servers on another one are in the Endpoints alone. */
function sliceOf(alive: readonly Advertise[]): EndpointSlice {
  const [port = 6443, addresses = []] = byPort(alive)[0] ?? []
  return {
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  }
}

/** The addresses are the servers'; everything else stays. */
const merged = (found: Endpoints, { subsets }: Endpoints): Endpoints => ({ ...found, subsets })

const mergedSlice = (found: EndpointSlice, { endpoints, ports }: EndpointSlice): EndpointSlice => ({
  ...found,
  endpoints,
  ports,
})
