/**
 * The aggregation layer: groups and versions that an APIService gives to somebody else are passed on to them, under
 * one address and one discovery with everything else. What this server serves itself is never given away.
 */

import { same } from '../../api/same.ts'
import type { APIService } from '../../api/types.ts'
import { type Cluster, isConflict, isNotFound } from '../../controllers/framework/cluster.ts'
import { type Cancel, time } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { RemoteVersion, RemoteVersions } from '../http/discovery.ts'
import type { Exchange } from '../http/exchange.ts'
import type { RequestInfo } from '../http/request-info.ts'
import type { Upgrade } from '../http/subresource-handler.ts'
import { type FollowPorts, followChanges } from '../registry/follow-changes.ts'
import type { Lister } from '../registry/lister.ts'
import type { User } from '../registry/registry.ts'
import type { ResourceSet } from '../registry/resource-set.ts'
import { checkRemote } from './check-remote.ts'
import { apiServiceKind, registerLocally } from './local-registration.ts'
import { type Availability, type FrontProxy, RemoteApi } from './remote-api.ts'

export interface AggregationPorts extends FollowPorts {
  cluster: Cluster
  lister: Lister
  resources: ResourceSet
  random: Random
  frontProxy: FrontProxy | undefined
}

const checkEveryMs = 30_000
/** One that does not answer is asked more often. */
const askAgainMs = 2_000

/** Few servers have requests to pass on; those that have load it with the first. */
const proxy = () => import('../proxy/reverse-proxy.ts')

export class Aggregation implements RemoteVersions {
  readonly #ports: AggregationPorts
  readonly #remotes = new Map<string, RemoteApi>()
  readonly #checks = new Map<string, Cancel>()
  #all: readonly RemoteVersion[] = []
  #stops: (() => void)[] = []
  #registering: Promise<void> = Promise.resolve()
  #registrationDue = false
  #stopped = false

  constructor(ports: AggregationPorts) {
    this.#ports = ports
  }

  start(): void {
    const { resources } = this.#ports
    const changes = resources.changes.subscribe(() => this.#register())
    this.#stops.push(
      followChanges(this.#ports, 'apiservices.apiregistration.k8s.io', {
        // Who stays is learnt again; who went meanwhile is forgotten by the next check.
        reset: () => {},
        changed: ({ name, object }) => this.#learn(name, object as unknown as APIService),
        gone: ({ name }) => {
          this.#forget(name)
          this.#register()
        },
      }),
      () => changes.unsubscribe(),
    )
    this.#register()
  }

  stop(): void {
    this.#stopped = true
    for (const stop of this.#stops) stop()
    for (const cancel of this.#checks.values()) cancel()
  }

  get all(): readonly RemoteVersion[] {
    return this.#all
  }

  /** Who answers a request; `undefined`: this server itself. */
  find(info: RequestInfo): RemoteApi | undefined {
    if (this.#remotes.size === 0) return undefined
    if (info.type === 'resource') return this.#remoteOf(info.group, info.version)
    const [, group = '', version = ''] =
      /^(?:\/openapi\/v3)?\/apis\/([^/]+)\/([^/]+)\/?$/.exec(info.path) ?? []
    return this.#remoteOf(group, version)
  }

  #remoteOf(group: string, version: string): RemoteApi | undefined {
    const remote = this.#remotes.get(`${version}.${group}`)
    return remote && !this.#servedHere(group, version) ? remote : undefined
  }

  #servedHere(group: string, version: string): boolean {
    return this.#ports.resources.all.some(
      (resource) => resource.group === group && resource.version === version,
    )
  }

  async serve(exchange: Exchange, remote: RemoteApi, user: User): Promise<void> {
    const { forward } = await proxy()
    return forward(exchange, remote.destinationFor(exchange.url, user))
  }

  async upgrade(
    connection: Upgrade,
    exchange: Exchange,
    remote: RemoteApi,
    user: User,
  ): Promise<void> {
    const { forwardUpgrade } = await proxy()
    return forwardUpgrade(connection, exchange, remote.destinationFor(exchange.url, user))
  }

  /** One pass at a time, for all changes that wait for it. */
  #register(): void {
    if (this.#registrationDue) return
    this.#registrationDue = true
    const { resources, report } = this.#ports
    this.#registering = this.#registering
      .then(() => {
        this.#registrationDue = false
        if (!this.#stopped) return registerLocally(this.#ports, resources.all)
      })
      .catch((error) => {
        if (!this.#stopped) report(error)
      })
  }

  #learn(name: string, service: APIService): void {
    if (!service.spec?.service) {
      this.#forget(name)
      return
    }
    const known = this.#remotes.get(name)
    const unchanged = known && same(known.service.spec, service.spec)
    if (known) known.service = service
    else this.#remotes.set(name, new RemoteApi(service, this.#ports))
    if (!unchanged) this.#schedule(name, 0)
  }

  #forget(name: string): void {
    if (!this.#remotes.delete(name)) return
    this.#checks.get(name)?.()
    this.#checks.delete(name)
    this.#publish()
  }

  #schedule(name: string, ms: number): void {
    if (this.#stopped) return
    const { clock, report } = this.#ports
    // A check that was asked for while another one was under way is the one that goes on.
    this.#checks.get(name)?.()
    this.#checks.set(
      name,
      clock.after(ms, () => {
        this.#check(name).catch(report)
      }),
    )
  }

  async #check(name: string): Promise<void> {
    const remote = this.#remotes.get(name)
    if (!remote) return
    try {
      await checkRemote(remote, this.#ports.clock)
      this.#publish()
      await this.#tell(remote)
    } finally {
      if (this.#remotes.get(name) === remote)
        this.#schedule(name, remote.available ? checkEveryMs : askAgainMs)
    }
  }

  /** Discovery shows what is available as it is, and the rest as it was last seen. */
  #publish(): void {
    this.#all = [...this.#remotes.values()]
      .filter(({ group, version }) => !this.#servedHere(group, version))
      .map(({ group, version, resources, available, openApiUrl }) => ({
        group,
        version,
        resources,
        stale: !available,
        openApiUrl,
      }))
  }

  async #tell({ service, availability }: RemoteApi): Promise<void> {
    const { cluster, clock } = this.#ports
    const { name = '' } = service.metadata
    const live = await cluster.get(apiServiceKind, { name })
    if (!live) {
      this.#forget(name)
      return
    }
    const conditions = live.status?.conditions ?? []
    const before = conditions.find(({ type }) => type === 'Available')
    if (before && sameCondition(before, availability)) return
    const since =
      before?.status === availability.status ? before.lastTransitionTime : time(clock.now())
    const condition = { type: 'Available', ...availability, lastTransitionTime: since }
    const others = conditions.filter(({ type }) => type !== 'Available')
    const status = { ...live.status, conditions: [...others, condition] }
    try {
      await cluster.update(apiServiceKind, { ...live, status }, { subresource: 'status' })
    } catch (error) {
      // Somebody else wrote; the next check says it again.
      if (!isConflict(error) && !isNotFound(error)) throw error
    }
  }
}

const sameCondition = (
  one: { status: string; reason?: string; message?: string },
  other: Availability,
): boolean =>
  one.status === other.status && one.reason === other.reason && one.message === other.message
