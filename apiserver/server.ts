/**
 * The API server composed: store, caches, admission, registry and the HTTP chain, with everything that reaches outside
 * (clock, randomness, store, certificates) handed in. Without sockets it is the server that tests run in process.
 */

import type { Cluster } from '../controllers/framework/cluster.ts'
import type { Cancel } from '../ports/clock.ts'
import { background } from './compose/background.ts'
import { type Core, composeCore } from './compose/core.ts'
import type { ApiServerOptions } from './compose/options.ts'
import type { ListenOptions } from './compose/serving.ts'
import type { Listener, TlsOptions } from './http/listener.ts'
import type { Lister } from './registry/lister.ts'
import type { Registry, User } from './registry/registry.ts'
import type { WatchHub } from './watch/watch-hub.ts'

export type { ApiServerOptions } from './compose/options.ts'
export type { ListenOptions } from './compose/serving.ts'

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
  #listening = false
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

  async listen(options: ListenOptions) {
    if (this.#listening) throw new Error('this server listens already')
    this.#listening = true
    const { announce, listenerOf } = await import('./compose/serving.ts')
    if (this.#stopping.signal.aborted) throw new Error('this server has been closed')
    const { tls, addresses = ['127.0.0.1'], port = 0 } = options
    this.#listener = listenerOf(this.#core, options, this.#stopping.signal)
    let bound = port
    for (const address of addresses) bound = await this.#listener.listen(address, bound)
    this.#ends.push(await announce(this.#core, tls, bound))
    const [host = '127.0.0.1'] = addresses
    const name = host.includes(':') ? `[${host}]` : host
    return { url: `https://${name}:${bound}`, port: bound }
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
