/**
 * The sockets: TLS only, HTTP/1.1 and HTTP/2 by ALPN on one port, client certificates asked for and not required. What a
 * client may cost before it has said anything is bounded here.
 */

import type { IncomingMessage } from 'node:http'
import {
  createServer as createHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../ports/clock.ts'
import { Step } from '../../ports/step.ts'
import type { Exchange, Steps } from './exchange.ts'
import { Http1Exchange } from './http1-exchange.ts'
import { Http2Exchange } from './http2-exchange.ts'
import type { Upgrade } from './subresource-handler.ts'
import { UpgradeExchange } from './upgrade-exchange.ts'

export interface TlsOptions {
  /** The serving certificate and its key, PEM. */
  certificate: string
  key: string
  /** Authorities of client certificates, PEM. */
  clientAuthority: string
}

export interface ListenerOptions {
  clock: Clock
  tls: TlsOptions
  handle(exchange: Exchange): void
  upgrade(exchange: Exchange, connection: Upgrade): void
  /** Whether a request's upgrade goes to `upgrade`; others are answered as if it had not been asked for. */
  upgrades(request: IncomingMessage): boolean
  patience?: Partial<Patience>
}

/** How long a client may take, milliseconds; a minute for a whole request, and a part of it for its headers. */
export interface Patience {
  headersMs: number
  bodyMs: number
}

export interface Listener {
  /** Begins to accept on an address; port 0 takes any. Resolves to the port. */
  listen(host: string, port: number): Promise<number>
  /** Takes certificates that have changed, for new connections. */
  renew(tls: TlsOptions): void
  /** Accepts nothing more, lets answers finish for `graceMs`, then closes what is left. */
  close(graceMs: number): Promise<void>
}

const maxHeaderBytes = 64 * 1024
const headersWithinMs = 10_000
const bodyWithinMs = 60_000
const idleMs = 90_000
const maxStreams = 1000

/** Half of what a hostile client can do to an HTTP/2 server is opening and resetting streams. */
const resetLimit = { streamResetBurst: 2000, streamResetRate: 200 }

export function createListener(options: ListenerOptions): Listener {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  const steps = { working: new Step(), answering: new Step() }
  const http2 = createHttp2(options, sessions, steps)
  let tls = options.tls
  return {
    async listen(host, port) {
      const server = createHttps(options, tls, http2, sockets, steps)
      servers.push(server)
      return listen(server, host, port)
    },
    renew(next) {
      tls = next
      for (const server of servers) server.setSecureContext(secureContext(tls))
    },
    async close(graceMs) {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
      for (const server of servers) server.closeIdleConnections()
      for (const session of sessions) session.close()
      const cut = () => {
        for (const socket of sockets) socket.destroy()
      }
      const cancel = graceMs > 0 ? options.clock.after(graceMs, cut) : cut()
      await Promise.all(closed)
      cancel?.()
      http2.close()
    },
  }
}

const secureContext = ({ certificate, key, clientAuthority }: TlsOptions) => ({
  cert: certificate,
  key,
  ca: clientAuthority,
  minVersion: 'TLSv1.2' as const,
})

function createHttps(
  options: ListenerOptions,
  tls: TlsOptions,
  http2: Http2Server,
  sockets: Set<Socket>,
  steps: Steps,
): Server {
  const { headersMs = headersWithinMs, bodyMs = bodyWithinMs } = options.patience ?? {}
  const server = createServer({
    ...secureContext(tls),
    ALPNProtocols: ['h2', 'http/1.1'],
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: headersMs,
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersMs,
    requestTimeout: bodyMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: headersMs / 2,
    noDelay: true,
    shouldUpgradeCallback: (request) => options.upgrades(request),
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  shareByProtocol(server, http2)
  server.on('request', (request, response) => {
    options.handle(new Http1Exchange(request, response, steps))
  })
  server.on('upgrade', (request, socket, head) => {
    options.upgrade(new UpgradeExchange(request), { request, socket, head })
  })
  // A client that breaks off in the middle is no event.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}

/** Connections that agreed on HTTP/2 go to the HTTP/2 server, all others stay. */
function shareByProtocol(server: Server, http2: Http2Server): void {
  const own = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => socket.destroy())
    if (socket.alpnProtocol === 'h2') http2.emit('connection', socket)
    else for (const listener of own) listener.call(server, socket)
  })
}

function createHttp2(
  options: ListenerOptions,
  sessions: Set<ServerHttp2Session>,
  steps: Steps,
): Http2Server {
  const http2 = createHttp2Server({
    maxSessionMemory: 64,
    maxHeaderListPairs: 128,
    ...resetLimit,
    settings: {
      maxConcurrentStreams: maxStreams,
      maxHeaderListSize: maxHeaderBytes,
      initialWindowSize: 1 << 20,
    },
  })
  http2.on('session', (session) => {
    sessions.add(session)
    session.setLocalWindowSize(8 << 20)
    session.on('error', () => session.destroy())
    session.once('close', () => sessions.delete(session))
    session.setTimeout(0)
  })
  http2.on('stream', (stream, headers, _flags, rawHeaders) => {
    // The session tells what is wrong; a stream that breaks off is its client's business.
    stream.on('error', () => stream.destroy())
    options.handle(new Http2Exchange(stream as ServerHttp2Stream, headers, rawHeaders, steps))
  })
  return http2
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
