/**
 * Requests and streams over keep-alive connections: the one place where sockets and bodies begin and end. Connecting,
 * the first byte and silence have a deadline each; a stream has none once it is open, its reader watches over it. It
 * knows nothing of objects.
 */

import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Clock } from '../../ports/clock.ts'
import { ConnectionError } from './cluster.ts'
import type { ClusterConfig } from './kubeconfig.ts'

export interface TransportRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the server's root, with the query. */
  path: string
  headers?: Record<string, string>
  body?: string
  signal?: AbortSignal
}

export interface Response {
  status: number
  headers: http.IncomingHttpHeaders
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

export function httpTransport(options: TransportOptions): Transport {
  return new KeepAliveTransport(options)
}

class KeepAliveTransport implements Transport {
  readonly #options: TransportOptions
  readonly #server: URL
  readonly #requests: http.Agent
  readonly #streams: http.Agent
  readonly #open = new Set<IncomingMessage>()

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
    const headers = await this.#headers(request)
    const sent = this.#send(request, headers, this.#requests)
    try {
      return await this.#answer(sent)
    } catch (error) {
      // The server has closed an idle connection just as it was used: nothing was read, so asking again is safe.
      const stale =
        sent.request.reusedSocket && request.method === 'GET' && !request.signal?.aborted
      if (!stale) throw error
      return this.#answer(this.#send(request, headers, this.#requests))
    }
  }

  async open(request: TransportRequest): Promise<Response & { stream: IncomingMessage }> {
    const sent = this.#send(request, await this.#headers(request), this.#streams)
    const stream = await sent.response
    this.#open.add(stream)
    stream.once('close', () => this.#open.delete(stream))
    return { status: stream.statusCode ?? 0, headers: stream.headers, stream }
  }

  close(): void {
    for (const stream of this.#open) stream.destroy()
    this.#requests.destroy()
    this.#streams.destroy()
  }

  #agent(maxSockets: number): http.Agent {
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

  async #headers({ headers, body }: TransportRequest): Promise<Record<string, string>> {
    const { config, userAgent } = this.#options
    const authorization = config.token
      ? `Bearer ${await config.token()}`
      : config.basic === undefined
        ? undefined
        : `Basic ${Buffer.from(config.basic).toString('base64')}`
    return {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(authorization ? { authorization } : {}),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` }),
      ...headers,
    }
  }

  /** Sends, and settles `response` with the head of the answer or the reason why there is none. */
  #send(
    { method, path, body, signal }: TransportRequest,
    headers: Record<string, string>,
    agent: http.Agent,
  ): { request: ClientRequest; response: Promise<IncomingMessage> } {
    const { clock, connectTimeout = 10_000, firstByteTimeout = 60_000 } = this.#options
    const { protocol, hostname, port, pathname } = this.#server
    const request = (protocol === 'http:' ? http : https).request({
      agent,
      method,
      headers,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || (protocol === 'http:' ? 80 : 443),
      path: pathname.replace(/\/$/, '') + path,
      ...(signal ? { signal } : {}),
    })
    const response = new Promise<IncomingMessage>((resolve, reject) => {
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
        socket.once(protocol === 'http:' ? 'connect' : 'secureConnect', sent)
      })
      request.once('response', (message) => {
        cancel()
        resolve(message)
      })
      request.on('error', (cause) => {
        cancel()
        const where = `${method} ${this.#server.origin}${path}`
        reject(new ConnectionError(`${where}: ${cause.message}`, { cause }))
      })
    })
    request.end(body)
    return { request, response }
  }

  async #answer(sent: {
    response: Promise<IncomingMessage>
  }): Promise<Response & { body: string }> {
    const { clock, silenceTimeout = 30_000, maxBody = 268_435_456 } = this.#options
    const message = await sent.response
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
