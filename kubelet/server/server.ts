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
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../../ports/clock.ts'
import type { FoundContainer, FoundPod, PodLookup } from '../pods/pod-lookup.ts'
import { type Runtime, RuntimeError } from '../runtime/runtime.ts'
import { type LogOptions, readLog } from './logs.ts'
import { channels, join, tunnel, tunnelProtocol } from './port-forward.ts'
import { channelProtocols, RemoteCommand, type Streams } from './remote-command.ts'
import {
  type ContainerPlace,
  flag,
  type PodPlace,
  type Route,
  routeOf,
  wholeNumber,
} from './routes.ts'
import { SpdySession } from './spdy/session.ts'
import { UpgradeError, upgradeToSpdy } from './spdy/upgrade.ts'

export interface ServerOptions {
  address: string
  /** 0: any free one. */
  port: number
  tls: { cert: string | Buffer; key: string | Buffer; clientCa: string | Buffer }
  runtime: Runtime
  pods: PodLookup
  clock: Clock
  /** The text of `/metrics`. */
  metrics?(): Promise<string>
}

export interface RunningServer {
  readonly port: number
  close(): Promise<void>
}

/** What an answer other than 200 says; the API server passes it on. */
class Refusal extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const commandProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io']
const portForwardProtocols = ['portforward.k8s.io']
const maxMessage = 4 << 20

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
  server.on('upgrade', (request, socket, head) => handler.upgrade(request, socket, head))
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
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxMessage,
    handleProtocols: (offered) => {
      for (const protocol of offered)
        if (
          protocol === tunnelProtocol ||
          (channelProtocols as readonly string[]).includes(protocol)
        )
          return protocol
      return false
    },
  })

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
          await this.#logs(route, query, response)
          return
        default:
          throw new Refusal(400, 'Upgrade request required')
      }
    } catch (error) {
      refuse(response, error)
    }
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy())
    try {
      const { route, query } = this.#routed(request)
      switch (route.what) {
        case 'exec':
        case 'attach':
          await this.#command(route, query, request, socket, head)
          return
        case 'portForward':
          await this.#portForward(route, query, request, socket, head)
          return
        default:
          throw new Refusal(400, `${route.what} does not upgrade`)
      }
    } catch (error) {
      const { code, message } = refusalOf(error)
      const body = `${message}\n`
      socket.end(
        `HTTP/1.1 ${code} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      )
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

  #pod(route: PodPlace): FoundPod {
    const found = this.#options.pods.find(route.namespace, route.pod, route.uid)
    if (!found)
      throw new Refusal(404, `pod ${route.namespace}/${route.pod} does not run on this node`)
    return found
  }

  async #logs(
    route: ContainerPlace,
    query: URLSearchParams,
    response: ServerResponse,
  ): Promise<void> {
    const found = this.#pod(route)
    const previous = flag(query, 'previous')
    const container = logContainer(found, route.container, previous)
    const options = logOptions(query, this.#options.clock.now())
    const controller = new AbortController()
    response.on('close', () => controller.abort())
    const running = async () =>
      !previous && (await this.#stillRuns(route.namespace, route.pod, container.id))
    const source = { path: container.logPath, running, clock: this.#options.clock }
    response.setHeader('Content-Type', 'text/plain')
    for await (const chunk of readLog({ ...source, signal: controller.signal }, options)) {
      if (!response.write(chunk))
        await Promise.race([once(response, 'drain'), once(response, 'close')])
      if (response.destroyed) return
    }
    response.end()
  }

  async #stillRuns(namespace: string, pod: string, id: string): Promise<boolean> {
    const found = this.#options.pods.find(namespace, pod)
    const container = found?.containers.find((candidate) => candidate.id === id)
    return container?.state === 'running' || container?.state === 'created'
  }

  async #command(
    route: { what: 'exec' | 'attach' } & ContainerPlace,
    query: URLSearchParams,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { runtime } = this.#options
    const container = runningContainer(this.#pod(route), route.container)
    const streams = streamsOf(query)
    const command = query.getAll('command')
    if (route.what === 'exec' && command.length === 0)
      throw new Refusal(400, 'you must specify at least 1 command')
    const url =
      route.what === 'exec'
        ? await runtime.execUrl(container.id, { ...streams, command })
        : await runtime.attachUrl(container.id, streams)
    if (isSpdy(request)) return passThrough(url, request, socket, head)
    const upgraded = await upgradeToSpdy(url, commandProtocols)
    const client = await this.#accept(request, socket, head)
    const session = new SpdySession(upgraded.socket, upgraded.head)
    new RemoteCommand(client, session, this.#options.clock).start(streams)
  }

  async #portForward(
    route: PodPlace,
    query: URLSearchParams,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { sandboxId } = this.#pod(route)
    if (!sandboxId) throw new Refusal(400, `pod ${route.namespace}/${route.pod} is not running`)
    const url = await this.#options.runtime.portForwardUrl(sandboxId)
    if (isSpdy(request)) return passThrough(url, request, socket, head)
    const ports = portsOf(query)
    const upgraded = await upgradeToSpdy(url, portForwardProtocols)
    const client = await this.#accept(request, socket, head)
    if (client.protocol === tunnelProtocol) tunnel(client, upgraded)
    else if (ports.length > 0)
      channels(client, new SpdySession(upgraded.socket, upgraded.head), ports)
    else client.close(1008, 'name the ports: ?ports=80')
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
    return new Promise((resolve) =>
      this.#sockets.handleUpgrade(request, socket, head, (client) => resolve(client)),
    )
  }
}

/** Older clients speak SPDY themselves: the runtime answers them directly. */
async function passThrough(
  url: string,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const offered = headerList(request, 'x-stream-protocol-version')
  const upgraded = await upgradeToSpdy(url, offered)
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${upgraded.protocol}\r\n\r\n`,
  )
  join(socket, head, upgraded.socket, upgraded.head)
}

const isSpdy = (request: IncomingMessage) => /^spdy\/3\.1$/i.test(request.headers.upgrade ?? '')

function headerList(request: IncomingMessage, name: string): string[] {
  const value = request.headers[name]
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => /^[\w.]+$/.test(item))
}

function streamsOf(query: URLSearchParams): Streams {
  const either = (long: string, short: string) => flag(query, long) || flag(query, short)
  const tty = flag(query, 'tty')
  const streams = {
    stdin: either('stdin', 'input'),
    stdout: either('stdout', 'output'),
    stderr: either('stderr', 'error') && !tty,
    tty,
  }
  if (!streams.stdin && !streams.stdout && !streams.stderr)
    throw new Refusal(400, 'you must specify at least 1 of stdin, stdout, stderr')
  return streams
}

function portsOf(query: URLSearchParams): number[] {
  return query
    .getAll('ports')
    .flatMap((text) => text.split(','))
    .filter((text) => text !== '')
    .map((text) => {
      const port = Number(text)
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new Refusal(400, `"${text}" is not a port`)
      return port
    })
}

function runningContainer(found: FoundPod, name: string): FoundContainer {
  const container = found.containers.find((candidate) => candidate.name === name)
  if (container?.state === 'running') return container
  throw new Refusal(container ? 400 : 404, `container not found ("${name}")`)
}

function logContainer(found: FoundPod, name: string, previous: boolean): FoundContainer {
  const { metadata } = found.pod
  const list = previous ? found.previous : found.containers
  const container = list.find((candidate) => candidate.name === name)
  if (container) return container
  throw new Refusal(
    400,
    previous
      ? `previous terminated container "${name}" in pod "${metadata.name}" not found`
      : `container "${name}" in pod "${metadata.name}" is waiting to start: ${waitingReason(found, name)}`,
  )
}

function waitingReason({ pod }: FoundPod, name: string): string {
  const statuses = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
  ]
  const status = statuses.find((candidate) => candidate.name === name)
  return status?.state?.waiting?.reason ?? 'ContainerCreating'
}

function logOptions(query: URLSearchParams, now: number): LogOptions {
  const seconds = wholeNumber(query, 'sinceSeconds')
  const time = query.get('sinceTime')
  const since = seconds === undefined ? (time ? Date.parse(time) : undefined) : now - seconds * 1000
  if (Number.isNaN(since)) throw new RangeError(`sinceTime must be RFC 3339, not "${time}"`)
  const stream = query.get('stream')?.toLowerCase()
  return {
    follow: flag(query, 'follow'),
    timestamps: flag(query, 'timestamps'),
    tailLines: wholeNumber(query, 'tailLines'),
    limitBytes: wholeNumber(query, 'limitBytes'),
    since,
    stream: stream === 'stdout' || stream === 'stderr' ? stream : undefined,
  }
}

function refusalOf(error: unknown): { code: number; message: string } {
  if (error instanceof Refusal || error instanceof UpgradeError)
    return { code: error.code, message: error.message }
  if (error instanceof RangeError) return { code: 400, message: error.message }
  if (error instanceof RuntimeError)
    return { code: error.code === 'notFound' ? 404 : 500, message: error.message }
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT')
    return {
      code: 404,
      message: 'there is no log: the container has not written one, or it is gone',
    }
  return { code: 500, message: message ?? String(error) }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { code, message } = refusalOf(error)
  response.writeHead(code, { 'Content-Type': 'text/plain' })
  response.end(message)
}
