/**
 * The node's HTTPS server: logs, exec, attach, port-forward, for the API server and nobody else (client certificates of
 * the cluster's authority; no anonymous path but health). It finds pods through `PodLookup` and lets the runtime do
 * the rest.
 */

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../ports/clock.ts'
import type { LogHistory } from '../pods/log-history.ts'
import type { PodLookup } from '../pods/pod-lookup.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { serveCommand } from './commands.ts'
import { serveLogs } from './container-logs.ts'
import { serveLogHistory } from './log-history.ts'
import { servePortForward } from './port-forwarding.ts'
import { Refusal, refuse, refuseUpgrade } from './refusal.ts'
import { type Route, routeOf } from './routes.ts'
import type { Upgrade } from './upgrades.ts'

export interface ServerOptions {
  address: string
  /** 0: any free one. */
  port: number
  tls: { cert: string | Buffer; key: string | Buffer; clientCa: string | Buffer }
  runtime: Runtime
  pods: PodLookup
  /** Without it nothing is known of what is gone. */
  logHistory?: Pick<LogHistory, 'files'>
  clock: Clock
  /** The text of `/metrics`. */
  metrics?(): Promise<string>
}

export interface RunningServer {
  readonly port: number
  close(): Promise<void>
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer({
    cert: options.tls.cert,
    key: options.tls.key,
    ca: options.tls.clientCa,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
  })
  const handler = new Handler(options)
  const open = new Set<Duplex>()
  server.on('secureConnection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.on('request', (request, response) => handler.serve(request, response))
  server.on('upgrade', (request, socket, head) => handler.upgrade({ request, socket, head }))
  server.listen(options.port, options.address)
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

class Handler {
  readonly #options: ServerOptions

  constructor(options: ServerOptions) {
    this.#options = options
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { route, query } = this.#routed(request)
      switch (route.what) {
        case 'healthz':
          response.end('ok')
          return
        case 'pods': {
          const items = this.#options.pods.all().map(({ pod }) => pod)
          response.setHeader('Content-Type', 'application/json')
          response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items }))
          return
        }
        case 'metrics':
          response.setHeader('Content-Type', 'text/plain; version=0.0.4')
          response.end((await this.#options.metrics?.()) ?? '')
          return
        case 'logs':
          await serveLogs(this.#options, route, query, response)
          return
        case 'logHistory':
          await serveLogHistory(this.#options, route, query, response)
          return
        default:
          throw new Refusal(400, 'Upgrade request required')
      }
    } catch (error) {
      refuse(response, error)
    }
  }

  async upgrade(upgrade: Upgrade): Promise<void> {
    const { request, socket } = upgrade
    socket.on('error', () => socket.destroy())
    try {
      const { route, query } = this.#routed(request)
      switch (route.what) {
        case 'exec':
        case 'attach':
          await serveCommand(this.#options, route, query, upgrade)
          return
        case 'portForward':
          await servePortForward(this.#options, route, query, upgrade)
          return
        default:
          throw new Refusal(400, `${route.what} does not upgrade`)
      }
    } catch (error) {
      refuseUpgrade(socket, error)
    }
  }

  #routed(request: IncomingMessage): { route: Route; query: URLSearchParams } {
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    const route = routeOf(mark < 0 ? url : url.slice(0, mark))
    const trusted = (request.socket as TLSSocket).authorized
    if (!trusted && route?.what !== 'healthz') throw new Refusal(401, 'Unauthorized')
    if (!route) throw new Refusal(404, '404 page not found')
    return { route, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) }
  }
}
