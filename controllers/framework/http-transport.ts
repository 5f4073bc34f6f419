/**
 * Requests and streams over keep-alive connections: the one place where sockets and bodies begin and end. Connecting,
 * the first byte and silence have a deadline each; a stream has none once it is open, its reader watches over it. Each
 * attempt can be aborted by itself, and all are when the transport is closed. It knows nothing of objects.
 */

import type {
  Agent,
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
} from 'node:http'
import https from 'node:https'
import type { Clock } from '../../ports/clock.ts'
import * as http from '../../ports/node-http.ts'
import { ConnectionError } from './cluster.ts'
import type { ClusterConfig, Impersonation } from './cluster-config.ts'

export interface TransportRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the server's root, with the query. */
  path: string
  headers?: Headers
  body?: string
  signal?: AbortSignal
}

type Headers = Record<string, string | readonly string[]>

export interface Response {
  status: number
  headers: IncomingHttpHeaders
}

export interface Transport {
  /** The whole answer. Rejects with `ConnectionError` when there is none. */
  request(request: TransportRequest): Promise<Response & { body: string }>
  /** The answer as it comes; whoever gets it must read or destroy it. */
  open(request: TransportRequest): Promise<Response & { stream: IncomingMessage }>
  /** Streams that are open now. */
  readonly streams: number
  /** Ends every connection. */
  close(): void
}

export interface TransportOptions {
  config: ClusterConfig
  clock: Clock
  userAgent: string
  /** Connections for requests (16) and for streams (256). */
  maxSockets?: number
  maxStreams?: number
  /** Milliseconds: to connect (10,000), to the first byte (60,000), between bytes of an answer (30,000). */
  connectTimeout?: number
  firstByteTimeout?: number
  silenceTimeout?: number
  /** Bytes of an answer (256 MiB). */
  maxBody?: number
}

/** Who asks, for one attempt: PEM for the certificate and its key. */
interface Credentials {
  authorization?: string
  cert?: string
  key?: string
}

export function httpTransport(options: TransportOptions): Transport {
  return new KeepAliveTransport(options)
}

/** A request that was sent, and the head of its answer or the reason why there is none. */
interface Attempt {
  request: ClientRequest
  response: Promise<IncomingMessage>
}

class KeepAliveTransport implements Transport {
  readonly #options: TransportOptions
  readonly #server: URL
  readonly #requests: Agent
  readonly #streams: Agent
  readonly #open = new Set<IncomingMessage>()
  readonly #attempts = new Set<AbortController>()
  #closed = false

  constructor(options: TransportOptions) {
    this.#options = options
    this.#server = new URL(options.config.server)
    const { maxSockets = 16, maxStreams = 256 } = options
    this.#requests = this.#agent(maxSockets)
    this.#streams = this.#agent(maxStreams)
  }

  get streams(): number {
    return this.#open.size
  }

  async request(request: TransportRequest): Promise<Response & { body: string }> {
    return this.#answer(await this.#accepted(request, this.#requests))
  }

  async open(request: TransportRequest): Promise<Response & { stream: IncomingMessage }> {
    const stream = await this.#accepted(request, this.#streams)
    this.#open.add(stream)
    stream.once('close', () => this.#open.delete(stream))
    return { status: stream.statusCode ?? 0, headers: stream.headers, stream }
  }

  close(): void {
    this.#closed = true
    for (const attempt of this.#attempts) attempt.abort()
    for (const stream of this.#open) stream.destroy()
    this.#open.clear()
    this.#requests.destroy()
    this.#streams.destroy()
  }

  /** The head of the answer; credentials that are refused are renewed once, where there are others. */
  async #accepted(request: TransportRequest, agent: Agent): Promise<IncomingMessage> {
    const credentials = await this.#credentials()
    const message = await this.#reached(request, credentials, agent)
    if (message.statusCode !== 401 || !this.#options.config.token) return message
    const renewed = await this.#credentials(true)
    if (renewed.authorization === credentials.authorization && renewed.key === credentials.key)
      return message
    message.destroy()
    return this.#reached(request, renewed, agent)
  }

  async #reached(
    request: TransportRequest,
    credentials: Credentials,
    agent: Agent,
  ): Promise<IncomingMessage> {
    const sent = this.#send(request, credentials, agent)
    try {
      return await sent.response
    } catch (error) {
      // The server has closed an idle connection just as it was used: nothing was read, so asking again is safe.
      const stale =
        sent.request.reusedSocket && request.method === 'GET' && !request.signal?.aborted
      if (!stale || this.#closed) throw error
      return await this.#send(request, credentials, agent).response
    }
  }

  #agent(maxSockets: number): Agent {
    const { config } = this.#options
    const common = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets, maxFreeSockets: 4 }
    if (this.#server.protocol === 'http:') return new http.Agent(common)
    return new https.Agent({
      ...common,
      ...(config.ca === undefined ? {} : { ca: config.ca }),
      ...(config.certificate === undefined ? {} : { cert: config.certificate }),
      ...(config.key === undefined ? {} : { key: config.key }),
      ...(config.tlsServerName === undefined ? {} : { servername: config.tlsServerName }),
      rejectUnauthorized: !config.insecureSkipTlsVerify,
    })
  }

  async #credentials(renew = false): Promise<Credentials> {
    const { config } = this.#options
    const token = await config.token?.(renew)
    const authorization = token
      ? `Bearer ${token}`
      : config.basic === undefined
        ? undefined
        : `Basic ${Buffer.from(config.basic).toString('base64')}`
    const { certificate: cert, key } = (await config.clientCertificate?.()) ?? {}
    return {
      ...(authorization === undefined ? {} : { authorization }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    }
  }

  #headers({ headers, body }: TransportRequest, { authorization }: Credentials): Headers {
    const { config, userAgent } = this.#options
    return {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(authorization === undefined ? {} : { authorization }),
      ...(config.impersonate ? impersonationHeaders(config.impersonate) : {}),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` }),
      ...headers,
    }
  }

  #send(sending: TransportRequest, { cert, key, ...who }: Credentials, agent: Agent): Attempt {
    const { method, path, body, signal } = sending
    const where = `${method} ${this.#server.origin}${path}`
    if (this.#closed) throw new ConnectionError(`${where}: this client was closed`)
    const { protocol, hostname, port, pathname } = this.#server
    const abort = new AbortController()
    const onAbort = () => abort.abort()
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    this.#attempts.add(abort)
    const request = (protocol === 'http:' ? http : https).request({
      agent,
      method,
      headers: this.#headers(sending, who) as OutgoingHttpHeaders,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || (protocol === 'http:' ? 80 : 443),
      path: pathname.replace(/\/$/, '') + path,
      signal: abort.signal,
      ...(cert === undefined ? {} : { cert, key }),
    })
    request.once('close', () => {
      this.#attempts.delete(abort)
      signal?.removeEventListener('abort', onAbort)
    })
    const response = this.#head(request, where)
    // Whoever waits for it hears of it; nobody does where the request was given up.
    response.catch(() => {})
    request.end(body)
    return { request, response }
  }

  #head(request: ClientRequest, where: string): Promise<IncomingMessage> {
    const { clock, connectTimeout = 10_000, firstByteTimeout = 60_000 } = this.#options
    const connected = this.#server.protocol === 'http:' ? 'connect' : 'secureConnect'
    return new Promise<IncomingMessage>((resolve, reject) => {
      const late = (what: string, ms: number) => () =>
        request.destroy(new Error(`${what} took longer than ${ms} ms`))
      let cancel = () => {}
      request.once('socket', (socket) => {
        const sent = () => {
          cancel()
          cancel = clock.after(firstByteTimeout, late('the answer', firstByteTimeout))
        }
        if (!socket.connecting) return sent()
        cancel = clock.after(connectTimeout, late('connecting', connectTimeout))
        socket.once(connected, sent)
      })
      request.once('response', (message) => {
        cancel()
        resolve(message)
      })
      request.on('error', (cause) => {
        cancel()
        const why = this.#closed ? 'this client was closed' : cause.message
        reject(new ConnectionError(`${where}: ${why}`, { cause }))
      })
    })
  }

  async #answer(message: IncomingMessage): Promise<Response & { body: string }> {
    const { clock, silenceTimeout = 30_000, maxBody = 268_435_456 } = this.#options
    const chunks: Buffer[] = []
    let size = 0
    let heardAt = clock.monotonic()
    const tooQuiet = () => {
      const left = heardAt + silenceTimeout - clock.monotonic()
      if (left > 0) cancel = clock.after(left, tooQuiet)
      else message.destroy(new Error(`the answer stopped for ${silenceTimeout} ms`))
    }
    let cancel = clock.after(silenceTimeout, tooQuiet)
    try {
      for await (const chunk of message as AsyncIterable<Buffer>) {
        heardAt = clock.monotonic()
        size += chunk.length
        if (size > maxBody) throw new Error(`the answer is larger than ${maxBody} bytes`)
        chunks.push(chunk)
      }
    } catch (cause) {
      throw new ConnectionError(`the answer broke off: ${(cause as Error).message}`, { cause })
    } finally {
      cancel()
    }
    const body = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()
    return { status: message.statusCode ?? 0, headers: message.headers, body }
  }
}

const impersonationHeaders = ({ user, groups, uid, extra = {} }: Impersonation): Headers => ({
  'impersonate-user': user,
  ...(groups && groups.length > 0 ? { 'impersonate-group': groups } : {}),
  ...(uid === undefined ? {} : { 'impersonate-uid': uid }),
  ...Object.fromEntries(
    Object.entries(extra).map(([name, values]) => [
      `impersonate-extra-${encodeURIComponent(name)}`,
      values,
    ]),
  ),
})
