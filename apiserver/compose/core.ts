/**
 * What answers requests, however they come: watch caches, access, admission and the registry over one store. Nothing here
 * runs by itself; what does is begun in `background.ts`.
 */

import type { Cluster } from '../../controllers/framework/cluster.ts'
import { createAdmission } from '../admission/index.ts'
import { namespaceLookup } from '../admission/namespace-lookup.ts'
import { Aggregation } from '../aggregation/aggregation.ts'
import { AccessControl } from '../auth/access-control.ts'
import { FlowControl } from '../flowcontrol/flow-control.ts'
import { InProcessCluster } from '../in-process-cluster.ts'
import { addressMarks } from '../registry/address-marks.ts'
import { Allocator } from '../registry/allocator.ts'
import { CacheLister } from '../registry/cache-lister.ts'
import { Caches } from '../registry/caches.ts'
import { createRegistry } from '../registry/create-registry.ts'
import { Ledger } from '../registry/ledger.ts'
import type { Lister } from '../registry/lister.ts'
import { addressPool, firstAddress, portPool } from '../registry/pool.ts'
import { portMarks } from '../registry/port-marks.ts'
import type { RegistryPorts } from '../registry/ports.ts'
import type { Registry, User } from '../registry/registry.ts'
import { ResourceSet } from '../registry/resource-set.ts'
import { serviceRanges } from '../registry/service-ranges.ts'
import { resources as builtIn } from '../resources/index.ts'
import type { Resource } from '../resources/resource.ts'
import { WatchHub } from '../watch/watch-hub.ts'
import { WebhookClient } from '../webhooks/webhook-client.ts'
import { componentStatuses } from './component-statuses.ts'
import type { ApiServerOptions } from './options.ts'

/** Caches with an index of their own: many watchers ask for one value. */
const indexedFields = new Map([
  ['pods', ['spec.nodeName']],
  ['events', ['involvedObject.uid']],
])

const self: User = { name: 'system:apiserver', groups: ['system:masters'] }

export interface Core {
  readonly options: ApiServerOptions
  readonly resources: ResourceSet
  readonly hub: WatchHub
  readonly caches: Caches
  readonly lister: Lister
  readonly webhooks: WebhookClient
  readonly access: AccessControl
  readonly flowControl: FlowControl
  readonly registryPorts: RegistryPorts
  readonly registry: Registry
  /** Absent where APIServices are not served. */
  readonly aggregation: Aggregation | undefined
  /** Where Services get their addresses, unless ServiceCIDRs say otherwise: `10.96.0.0/16`. */
  readonly serviceRange: string
  /** The address of the Service `kubernetes`. */
  readonly serviceAddress: string
  /** The server itself unless told. */
  cluster(user?: User): Cluster
  report(error: unknown): void
}

export function composeCore(options: ApiServerOptions): Core {
  const { clock, random, frontProxy, maxRequestsInFlight: seats } = options
  const report = (error: unknown) => options.report?.(error)
  const reading = composeReading(options, report)
  const { resources, hub, lister } = reading
  const webhooks = new WebhookClient({ lister, clock, random, local: options.webhooks })
  const fresh = () => hub.fresh()
  const access = new AccessControl(options.access ?? {}, { lister, clock, random, fresh, report })
  const serviceRange = options.serviceClusterIpRange ?? '10.96.0.0/16'
  const serviceAddress = firstAddress(serviceRange)
  const allocator = composeAllocator(options, lister, { serviceRange, serviceAddress })
  const registryPorts = composeRegistryPorts(
    { options, report, webhooks, access, allocator },
    reading,
  )
  const registry = createRegistry(resources, registryPorts)
  const cluster = (user = self) =>
    new InProcessCluster({ registry, clock, random, unexpected: report }, user)
  const aggregation = resources.named('apiservices.apiregistration.k8s.io')
    ? new Aggregation({ cluster: cluster(), lister, resources, clock, random, frontProxy, report })
    : undefined
  const flowControl = new FlowControl({ clock, seats })
  return {
    ...reading,
    options,
    webhooks,
    access,
    flowControl,
    registryPorts,
    registry,
    aggregation,
    serviceRange,
    serviceAddress,
    cluster,
    report,
  }
}

function composeAllocator(
  { storage, clock, random, serviceNodePortRange = '30000-32767' }: ApiServerOptions,
  lister: Lister,
  { serviceRange, serviceAddress }: Pick<Core, 'serviceRange' | 'serviceAddress'>,
): Allocator {
  const ports = portPool(serviceNodePortRange)
  return new Allocator({
    random,
    sources: {
      clusterip: {
        pool: () => addressPool(serviceRanges(lister, serviceRange)),
        ledger: new Ledger(addressMarks, { storage, clock }),
      },
      nodeport: { pool: () => ports, ledger: new Ledger(portMarks, { storage, clock }) },
    },
    kept: { pool: 'clusterip', value: serviceAddress, namespace: 'default', name: 'kubernetes' },
  })
}

type Reading = Pick<Core, 'resources' | 'hub' | 'caches' | 'lister'>

/** What is served, and the caches that everybody reads it from. */
function composeReading(options: ApiServerOptions, report: Core['report']): Reading {
  const { storage, clock } = options
  const resources = new ResourceSet(options.resources ?? builtIn)
  const hub = new WatchHub(storage, { ...options.hub, clock, report })
  const caches = new Caches(hub, { indexedFields })
  for (const resource of resources.all) if (!resource.virtual) caches.open(resource)
  const cacheOf = (resource: Resource) => caches.of(resource)
  return { resources, hub, caches, lister: new CacheLister({ storage, cacheOf, resources }) }
}

function composeRegistryPorts(
  {
    options,
    report,
    webhooks,
    access,
    allocator,
  }: Pick<Core, 'options' | 'report' | 'webhooks' | 'access'> & { allocator: Allocator },
  { resources, hub, caches, lister }: Reading,
): RegistryPorts {
  const { storage, clock, random, keptServiceAccounts } = options
  return {
    storage,
    clock,
    random,
    hub,
    allocator,
    cacheOf: (resource) => caches.of(resource),
    observed: new Map([['componentstatuses', () => componentStatuses(storage)]]),
    admission: createAdmission({
      lister,
      storage,
      clock,
      random,
      webhooks,
      keptServiceAccounts,
      report,
      lookUpNamespace: namespaceLookup(lister, resources.named('namespaces') !== undefined),
      resources: () => resources.all,
      authorize: options.authorizer ?? access.authorize,
      last: [access.escalationCheck, ...(options.admission ?? [])],
    }),
    actions: new Map([...access.actions, ...(options.actions ?? [])]),
  }
}
