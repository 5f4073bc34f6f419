/**
 * The aggregation layer: groups and versions that an APIService gives to somebody else are passed on to them, under
 * one address and one discovery with everything else. What this server serves itself is never given away.
 */

import { debounceTime } from 'rxjs'
import type { APIService } from '../../api/types.ts'
import { type Cluster, isConflict, isNotFound } from '../../controllers/framework/cluster.ts'
import { type Cancel, type Clock, time } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { RemoteVersion, RemoteVersions } from '../http/discovery.ts'
import type { Exchange } from '../http/exchange.ts'
import type { RequestInfo } from '../http/request-info.ts'
import type { Upgrade } from '../http/subresource-handler.ts'
import { forward, forwardUpgrade } from '../proxy/reverse-proxy.ts'
import type { Lister } from '../registry/lister.ts'
import type { User } from '../registry/registry.ts'
import type { ResourceSet } from '../registry/resource-set.ts'
import { checkRemote } from './check-remote.ts'
import { apiServiceKind, registerLocally } from './local-registration.ts'
import { type Availability, type FrontProxy, RemoteApi } from './remote-api.ts'

export interface AggregationPorts {
  cluster: Cluster
  lister: Lister
  resources: ResourceSet
  clock: Clock
  random: Random
  frontProxy: FrontProxy | undefined
  report(error: unknown): void
}

const checkEveryMs = 30_000
/** One that does not answer is asked more often. */
const askAgainMs = 2_000

export class Aggregation implements RemoteVersions {
  readonly #ports: AggregationPorts
  readonly #remotes = new Map<string, RemoteApi>()
  readonly #checks = new Map<string, Cancel>()
  #all: readonly RemoteVersion[] = []
  #stops: (() => void)[] = []
  #registering: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(ports: AggregationPorts) {
    this.#ports = ports
  }

  start(): void {
    const { lister, resources, report } = this.#ports
    const services = lister.changes('apiservices.apiregistration.k8s.io').subscribe({
      next: (event) => {
        if (event.type === 'BOOKMARK') return
        const { name, object } = event.object
        if (event.type === 'DELETED') this.#forget(name)
        else this.#learn(name, object as unknown as APIService)
      },
      error: report,
    })
    this.#register()
    const changes = resources.changes.pipe(debounceTime(0)).subscribe(() => this.#register())
    this.#stops.push(
      () => services.unsubscribe(),
      () => changes.unsubscribe(),
    )
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

  serve(exchange: Exchange, remote: RemoteApi, user: User): Promise<void> {
    return forward(exchange, remote.destinationFor(exchange.url, user))
  }

  upgrade(connection: Upgrade, exchange: Exchange, remote: RemoteApi, user: User): Promise<void> {
    return forwardUpgrade(connection, exchange, remote.destinationFor(exchange.url, user))
  }

  /** One pass at a time. */
  #register(): void {
    const { resources, report } = this.#ports
    this.#registering = this.#registering
      .then(() => registerLocally(this.#ports, resources.all))
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
    const same = known && JSON.stringify(known.service.spec) === JSON.stringify(service.spec)
    if (known) known.service = service
    else this.#remotes.set(name, new RemoteApi(service, this.#ports))
    if (!same) this.#checkNow(name)
  }

  #forget(name: string): void {
    if (!this.#remotes.delete(name)) return
    this.#checks.get(name)?.()
    this.#checks.delete(name)
    this.#publish()
  }

  #checkNow(name: string): void {
    this.#checks.get(name)?.()
    this.#schedule(name, 0)
  }

  #schedule(name: string, ms: number): void {
    const { clock, report } = this.#ports
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
    if (!live) return
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
