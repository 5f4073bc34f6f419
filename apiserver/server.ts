/**
 * The API server composed: store, caches, admission, registry and the HTTP chain, with everything that reaches outside
 * (clock, randomness, store, certificates) handed in. Without sockets it is the server that tests run in process.
 */

import type { Cluster } from '../controllers/framework/cluster.ts'
import type { Cancel } from '../ports/clock.ts'
import { publishAuthentication, requestHeaders } from './bootstrap/authentication.ts'
import { keepReachable } from './bootstrap/kubernetes-service.ts'
import { background } from './compose/background.ts'
import { type Core, composeCore } from './compose/core.ts'
import { handlerPorts } from './compose/handler-ports.ts'
import type { ApiServerOptions } from './compose/options.ts'
import { handle, handleUpgrade } from './http/handler.ts'
import { createListener, type Listener, type Patience, type TlsOptions } from './http/listener.ts'
import { isUpgradable } from './http/upgradable.ts'
import type { Lister } from './registry/lister.ts'
import type { Registry, User } from './registry/registry.ts'
import type { WatchHub } from './watch/watch-hub.ts'

export type { ApiServerOptions } from './compose/options.ts'

export interface ListenOptions {
  tls: TlsOptions
  /** `127.0.0.1` unless told. */
  addresses?: readonly string[]
  /** 0, unless told: any. All addresses share it. */
  port?: number
  /** How long clients may take to send a request. */
  patience?: Partial<Patience>
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

/** A server with loaded caches and its bootstrap objects in place, not listening yet. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const server = new Composed(options)
  await orClose(server, server.start())
  return server
}

/** The same, listening. */
export async function startApiServer(
  options: ApiServerOptions & ListenOptions,
): Promise<StartedApiServer> {
  const server = await createApiServer(options)
  const { url, port } = await orClose(server, server.listen(options))
  return Object.assign(server, { url, port })
}

/** What could not be begun leaves nothing running. */
async function orClose<T>(server: ApiServer, beginning: Promise<T>): Promise<T> {
  try {
    return await beginning
  } catch (error) {
    await server.close(0)
    throw error
  }
}

class Composed implements ApiServer {
  readonly #core: Core
  readonly #stopping = new AbortController()
  readonly #ends: Cancel[] = []
  #listener: Listener | undefined

  constructor(options: ApiServerOptions) {
    this.#core = composeCore(options)
  }

  get registry(): Registry {
    return this.#core.registry
  }

  get hub(): WatchHub {
    return this.#core.hub
  }

  get lister(): Lister {
    return this.#core.lister
  }

  cluster(user?: User): Cluster {
    return this.#core.cluster(user)
  }

  async start(): Promise<void> {
    await this.#core.hub.start()
    for (const begin of background) this.#ends.push(await begin(this.#core))
  }

  async listen({ tls, addresses = ['127.0.0.1'], port = 0, patience }: ListenOptions) {
    if (this.#listener) throw new Error('this server listens already')
    const core = this.#core
    const ports = handlerPorts(core, this.#stopping.signal)
    this.#listener = createListener({
      clock: core.options.clock,
      tls,
      patience,
      handle: (exchange) => void handle(ports, exchange).catch(core.report),
      upgrade: (exchange, connection) =>
        void handleUpgrade(ports, exchange, connection).catch(core.report),
      upgrades: (url) => isUpgradable(ports, url),
    })
    let bound = port
    for (const address of addresses) bound = await this.#listener.listen(address, bound)
    await this.#announce(tls, bound)
    const [host = '127.0.0.1'] = addresses
    const name = host.includes(':') ? `[${host}]` : host
    return { url: `https://${name}:${bound}`, port: bound }
  }

  /** Says to pods and to extension servers where this server is, and whom it trusts. */
  async #announce({ clientAuthority }: TlsOptions, port: number): Promise<void> {
    const { report, options } = this.#core
    const { clock, advertiseAddress: address, frontProxy } = options
    const cluster = this.cluster()
    if (address !== undefined)
      this.#ends.push(await keepReachable({ cluster, clock, report }, { address, port }))
    await publishAuthentication(cluster, {
      'client-ca-file': clientAuthority,
      ...requestHeaders(frontProxy),
    })
  }

  renewCertificates(tls: TlsOptions): void {
    this.#listener?.renew(tls)
  }

  async close(graceMs = 5_000): Promise<void> {
    this.#stopping.abort()
    for (const end of this.#ends) end()
    await this.#listener?.close(graceMs)
    this.#core.webhooks.close()
    this.#core.hub.stop()
  }
}
