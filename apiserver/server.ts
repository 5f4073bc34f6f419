/**
 * The API server composed: store, caches, admission, registry and the HTTP chain, with everything that reaches outside
 * (clock, randomness, store, certificates) handed in. Without sockets it is the server that tests run in process.
 */

import type { Cluster } from '../controllers/framework/cluster.ts'
import type { Clock } from '../ports/clock.ts'
import { every } from '../ports/every.ts'
import type { Random } from '../ports/random.ts'
import type { AdmissionPlugin } from './admission/admission.ts'
import { createAdmission } from './admission/index.ts'
import type { NamespaceLookup } from './admission/namespace-lifecycle.ts'
import { followPolicies } from './admission/policies/index.ts'
import { Aggregation } from './aggregation/aggregation.ts'
import type { FrontProxy } from './aggregation/remote-api.ts'
import { AccessControl, type AccessOptions } from './auth/access-control.ts'
import type { Authenticator } from './auth/authentication.ts'
import type { Authorizer } from './auth/authorization.ts'
import { aggregateClusterRoles } from './auth/rbac/keep-aggregated.ts'
import { publishAuthentication, requestHeaders } from './bootstrap/authentication.ts'
import { ensureFlowControl } from './bootstrap/flow-control.ts'
import { bootstrapPolicy } from './bootstrap/policy.ts'
import { keepSystemObjects } from './bootstrap/system-objects.ts'
import { componentStatuses } from './component-statuses.ts'
import type { CustomResources } from './crds/custom-resources.ts'
import { customResources } from './crds/index.ts'
import { FlowControl } from './flowcontrol/flow-control.ts'
import { followConfiguration } from './flowcontrol/follow-configuration.ts'
import { Discovery } from './http/discovery.ts'
import type { Exchange } from './http/exchange.ts'
import { Flusher } from './http/flusher.ts'
import { type HandlerPorts, handle, handleUpgrade } from './http/handler.ts'
import type { HealthCheck } from './http/health.ts'
import { createListener, type Listener, type TlsOptions } from './http/listener.ts'
import { Metrics } from './http/metrics.ts'
import type { Version } from './http/path-handler.ts'
import { requestInfo } from './http/request-info.ts'
import type { SubresourceHandlers } from './http/subresource-handler.ts'
import { InProcessCluster } from './in-process-cluster.ts'
import { type ObjectProxyPorts, objectProxies } from './proxy/object-proxies.ts'
import type { Actions } from './registry/actions.ts'
import { Allocator } from './registry/allocator.ts'
import { CacheLister } from './registry/cache-lister.ts'
import { Caches } from './registry/caches.ts'
import { createRegistry } from './registry/create-registry.ts'
import { expire } from './registry/expiry.ts'
import { objectKey } from './registry/keys.ts'
import type { Lister } from './registry/lister.ts'
import { addressPool, portPool } from './registry/pool.ts'
import type { RegistryPorts } from './registry/ports.ts'
import type { Registry, User } from './registry/registry.ts'
import { ResourceSet } from './registry/resource-set.ts'
import { resources as builtIn } from './resources/index.ts'
import type { Resource } from './resources/resource.ts'
import { OpenApi } from './schema/openapi.ts'
import type { Storage } from './storage/storage.ts'
import { decodeObject } from './watch/encode.ts'
import type { WatchCache } from './watch/watch-cache.ts'
import { type HubOptions, WatchHub } from './watch/watch-hub.ts'
import { WebhookClient } from './webhooks/webhook-client.ts'

export interface ApiServerOptions {
  storage: Storage
  clock: Clock
  random: Random
  /** All built-in kinds unless told. */
  resources?: readonly Resource[]
  /** `10.96.0.0/16` and `30000-32767` unless told. */
  serviceClusterIpRange?: string
  serviceNodePortRange?: string
  /** Where pods reach this server, once it listens; absent: the service `kubernetes` has no endpoints. */
  advertiseAddress?: string
  /** Subresources that stream, by plural and subresource: `pods/log`. */
  handlers?: SubresourceHandlers
  /** How proxies reach nodes, and which addresses they may reach; not this machine's own unless told. */
  proxy?: Pick<ObjectProxyPorts, 'nodeTls' | 'checkAddress'>
  /** How this server speaks for users to aggregated ones; without it they get no certificate. */
  frontProxy?: FrontProxy
  /** What answers POSTs that make no object, besides the registry's own. */
  actions?: Actions
  /**
   * Somebody makes every namespace's service account and publishes the root's certificate: pods need the account, and
   * get its token. Not so unless told.
   */
  keptServiceAccounts?: boolean
  /** Admission plugins that run after the server's own. */
  admission?: readonly AdmissionPlugin[]
  /** How users are known and what they may do; tokens and roles as in any cluster unless told. */
  access?: AccessOptions
  /** Instead of what `access` says. */
  authorizer?: Authorizer
  authenticator?: Authenticator
  /** Requests worked on at once; 600 unless told. */
  maxRequestsInFlight?: number
  hub?: Omit<HubOptions, 'clock' | 'report'>
  /** Sees every request as it comes, before anything is known of it. */
  observe?(exchange: Exchange): void
  /** Hears of errors that nobody can be told of. */
  report?(error: unknown): void
}

export interface ListenOptions {
  tls: TlsOptions
  /** `127.0.0.1` unless told. */
  addresses?: readonly string[]
  /** 0, unless told: any. All addresses share it. */
  port?: number
}

export interface ApiServer {
  readonly registry: Registry
  readonly hub: WatchHub
  /** Reads the caches. */
  readonly lister: Lister
  /** A cluster of its own for somebody in this process; `system:apiserver` unless told. */
  cluster(user?: User): Cluster
  /** Serves HTTPS; once. */
  listen(options: ListenOptions): Promise<{ url: string; port: number }>
  /** Takes changed certificates, for new connections. */
  renewCertificates(tls: TlsOptions): void
  /** Ends watches, lets requests finish for `graceMs` (5,000), then closes. The store stays open. */
  close(graceMs?: number): Promise<void>
}

export interface StartedApiServer extends ApiServer {
  readonly url: string
  readonly port: number
}

const self: User = { name: 'system:apiserver', groups: ['system:masters'] }

/** Caches with an index of their own: many watchers ask for one value. */
const indexedFields = new Map([
  ['pods', ['spec.nodeName']],
  ['events', ['involvedObject.uid']],
])

const repairEvery = 180_000

export const version: Version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: `node${process.versions.node}`,
  compiler: 'v8',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
}

/** A server with loaded caches and its bootstrap objects in place, not listening yet. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const server = new Composed(options)
  await server.start()
  return server
}

/** The same, listening. */
export async function startApiServer(
  options: ApiServerOptions & ListenOptions,
): Promise<StartedApiServer> {
  const server = new Composed(options)
  await server.start()
  const { url, port } = await server.listen(options)
  return Object.assign(server, { url, port })
}

class Composed implements ApiServer {
  readonly registry: Registry
  readonly hub: WatchHub
  readonly lister: Lister
  readonly #options: ApiServerOptions
  readonly #flowControl: FlowControl
  readonly #resources: ResourceSet
  readonly #access: AccessControl
  readonly #ports: RegistryPorts
  readonly #webhooks: WebhookClient
  readonly #caches: Caches
  readonly #stopping = new AbortController()
  readonly #serviceAddress: string
  #listener: Listener | undefined
  #customResources: CustomResources | undefined
  #aggregation: Aggregation | undefined
  #stopCaring: () => void = () => {}
  #cancels: (() => void)[] = []

  constructor(options: ApiServerOptions) {
    const { storage, clock, random, resources = builtIn } = options
    this.#options = options
    this.#flowControl = new FlowControl({ clock, seats: options.maxRequestsInFlight })
    this.#resources = new ResourceSet(resources)
    this.hub = new WatchHub(storage, { ...options.hub, clock, report: this.#report })
    const caches = new Caches(this.hub, { indexedFields })
    this.#caches = caches
    for (const resource of resources) if (!resource.virtual) caches.open(resource)
    const cacheOf = (resource: Resource) => caches.of(resource)
    this.lister = new CacheLister({ storage, cacheOf, resources: this.#resources })
    this.#webhooks = new WebhookClient({ lister: this.lister, clock, random })
    const fresh = () => this.hub.fresh()
    this.#access = new AccessControl(options.access ?? {}, {
      lister: this.lister,
      clock,
      random,
      fresh,
      report: this.#report,
    })
    const addresses = addressPool(options.serviceClusterIpRange ?? '10.96.0.0/16')
    const ports = portPool(options.serviceNodePortRange ?? '30000-32767')
    this.#serviceAddress = addresses.format(0)
    this.#ports = {
      storage,
      observed: new Map([['componentstatuses', () => componentStatuses(storage)]]),
      hub: this.hub,
      cacheOf,
      admission: createAdmission({
        lookUpNamespace: namespaceLookup(storage, resources, cacheOf),
        lister: this.lister,
        resources: () => this.#resources.all,
        storage,
        clock,
        random,
        webhooks: this.#webhooks,
        authorize: this.#access.authorize,
        keptServiceAccounts: options.keptServiceAccounts,
        last: [this.#access.escalationCheck, ...(options.admission ?? [])],
        report: this.#report,
      }),
      actions: new Map([...this.#access.actions, ...(options.actions ?? [])]),
      allocator: new Allocator({
        storage,
        clock,
        random,
        pools: [addresses, ports],
        fixed: {
          pool: 'clusterip',
          value: this.#serviceAddress,
          namespace: 'default',
          name: 'kubernetes',
        },
      }),
      clock,
      random,
    }
    this.registry = createRegistry(this.#resources, this.#ports)
  }

  readonly #report = (error: unknown) => this.#options.report?.(error)

  /** Where definitions of custom resources are served, what they define is as well. */
  async #followDefinitions(): Promise<void> {
    const definitions = this.#resources.named('customresourcedefinitions.apiextensions.k8s.io')
    if (!definitions) return
    this.#customResources = customResources({
      registry: this.#ports,
      definitions,
      resources: this.#resources,
      caches: this.#caches,
      webhooks: this.#webhooks,
      report: this.#report,
    })
    await this.#customResources.start()
  }

  async start(): Promise<void> {
    await this.hub.start()
    await this.#followDefinitions()
    await this.#repair()
    this.#cancels.push(this.#access.follow())
    await this.#bootstrap(undefined)
    await this.#bootstrapPolicy()
    await this.#configureFlowControl()
    this.#followPolicies()
    this.#aggregate()
    this.#cancels.push(expire(this.#ports, this.#resources.all, this.#report))
    const { clock } = this.#options
    this.#cancels.push(every(clock, repairEvery, () => this.#repair(), this.#report))
  }

  async #bootstrapPolicy(): Promise<void> {
    if (!this.#resources.named('clusterroles.rbac.authorization.k8s.io')) return
    const { lister } = this
    const cluster = this.cluster()
    await bootstrapPolicy(cluster)
    this.#cancels.push(
      aggregateClusterRoles({ cluster, lister, clock: this.#options.clock, report: this.#report }),
    )
  }

  #followPolicies(): void {
    const { lister } = this
    const resources = () => this.#resources.all
    const { clock } = this.#options
    const ports = { cluster: this.cluster(), lister, resources, clock, report: this.#report }
    this.#cancels.push(followPolicies(ports))
  }

  #aggregate(): void {
    if (!this.#resources.named('apiservices.apiregistration.k8s.io')) return
    const { clock, random, frontProxy } = this.#options
    const { lister } = this
    const cluster = this.cluster()
    const resources = this.#resources
    const report = this.#report
    const ports = { cluster, lister, resources, clock, random, frontProxy, report }
    const aggregation = new Aggregation(ports)
    this.#aggregation = aggregation
    aggregation.start()
    this.#cancels.push(() => aggregation.stop())
  }

  async #configureFlowControl(): Promise<void> {
    if (!this.registry.find('flowcontrol.apiserver.k8s.io', 'v1', 'flowschemas')) return
    await ensureFlowControl(this.cluster())
    this.#cancels.push(
      followConfiguration(this.#flowControl, {
        lister: this.lister,
        clock: this.#options.clock,
        report: this.#report,
      }),
    )
  }

  async #bootstrap(port: number | undefined): Promise<void> {
    const { clock, advertiseAddress: address } = this.#options
    const cancel = await keepSystemObjects({
      cluster: this.cluster(),
      clock,
      serviceAddress: this.#serviceAddress,
      ...(address !== undefined && port !== undefined && { advertise: { address, port } }),
      report: this.#report,
    })
    this.#stopCaring()
    this.#stopCaring = cancel
  }

  /** Addresses and ports that no service holds go back to their pools. */
  async #repair(): Promise<void> {
    for (const resource of this.#resources.all)
      await this.#ports.allocator.repair(resource, async () => {
        await this.hub.fresh()
        return this.#ports
          .cacheOf(resource)
          .list()
          .items.map(({ object }) => object)
      })
  }

  cluster(user: User = self): Cluster {
    const { clock, random } = this.#options
    return new InProcessCluster(
      { registry: this.registry, clock, random, unexpected: this.#report },
      user,
    )
  }

  async listen({ tls, addresses = ['127.0.0.1'], port = 0 }: ListenOptions) {
    if (this.#listener) throw new Error('this server listens already')
    const ports = this.#handlerPorts()
    const { clock, advertiseAddress } = this.#options
    this.#listener = createListener({
      clock,
      tls,
      handle: (exchange) => void handle(ports, exchange).catch(this.#report),
      upgrade: (exchange, connection) =>
        void handleUpgrade(ports, exchange, connection).catch(this.#report),
      upgrades: (url) => isUpgradable(ports, url),
    })
    let bound = port
    for (const address of addresses) bound = await this.#listener.listen(address, bound)
    if (advertiseAddress !== undefined) await this.#bootstrap(bound)
    await publishAuthentication(this.cluster(), {
      'client-ca-file': tls.clientAuthority,
      ...requestHeaders(this.#options.frontProxy),
    })
    const [host = '127.0.0.1'] = addresses
    const name = host.includes(':') ? `[${host}]` : host
    return { url: `https://${name}:${bound}`, port: bound }
  }

  #handlerPorts(): HandlerPorts {
    const { clock, random, handlers = new Map(), proxy } = this.#options
    const { lister } = this
    return {
      clock,
      random,
      registry: this.registry,
      handlers: new Map([...objectProxies({ lister, random, ...proxy }), ...handlers]),
      stopping: this.#stopping.signal,
      flusher: new Flusher(clock),
      unexpected: this.#report,
      observe: this.#options.observe,
      authenticate: this.#options.authenticator ?? this.#access.authenticate,
      authorize: this.#options.authorizer ?? this.#access.authorize,
      flowControl: this.#flowControl,
      aggregation: this.#aggregation,
      discovery: new Discovery(this.#resources, this.#aggregation),
      openApi: new OpenApi(this.#resources, { remotes: this.#aggregation }),
      openId: this.#access.openId,
      metrics: new Metrics(),
      version,
      checks: this.#checks(),
    }
  }

  #checks(): HealthCheck[] {
    const { storage } = this.#options
    return [
      { name: 'ping', check: () => true },
      {
        name: 'storage',
        on: ['healthz', 'readyz'],
        check: async () => (await storage.revision()) >= 0,
      },
      {
        name: 'watch-cache',
        on: ['readyz'],
        check: () => this.hub.state.state === 'following',
      },
      { name: 'shutdown', on: ['readyz'], check: () => !this.#stopping.signal.aborted },
    ]
  }

  renewCertificates(tls: TlsOptions): void {
    this.#listener?.renew(tls)
  }

  async close(graceMs = 5_000): Promise<void> {
    this.#stopping.abort()
    this.#customResources?.stop()
    this.#stopCaring()
    for (const cancel of this.#cancels) cancel()
    await this.#listener?.close(graceMs)
    this.#webhooks.close()
    this.hub.stop()
  }
}

/** A URL that may become a stream of its own. */
function isUpgradable(
  { handlers, aggregation }: Pick<HandlerPorts, 'handlers' | 'aggregation'>,
  url: string,
): boolean {
  try {
    const info = requestInfo('GET', url)
    if (aggregation?.find(info)) return true
    if (info.type === 'path') return false
    if (info.verb === 'watch') return true
    return handlers.get(`${info.plural}/${info.subresource}`)?.upgrade !== undefined
  } catch {
    // Answered as an ordinary request, which says what is wrong with it.
    return false
  }
}

/** From the cache; what it has not seen yet is asked for where it is stored. */
function namespaceLookup(
  storage: Storage,
  resources: readonly Resource[],
  cacheOf: (resource: Resource) => WatchCache,
): NamespaceLookup {
  const namespaces = resources.find(({ group, plural }) => group === '' && plural === 'namespaces')
  if (!namespaces) return async () => ({ terminating: false })
  return async (name) => {
    const cached = cacheOf(namespaces).get('', name)
    if (cached) return { terminating: cached.object.metadata.deletionTimestamp !== undefined }
    const { entry } = await storage.get(objectKey(namespaces, '', name))
    if (!entry) return undefined
    return { terminating: decodeObject(entry.value).metadata.deletionTimestamp !== undefined }
  }
}
