/**
 * gRPC calls of one message and one answer, over one HTTP/2 connection. A store makes thousands a second, and each
 * costs a third of what it costs through a client that is made for everything: no streams, no compression, no
 * interceptors. It sends nothing twice; what a failed call means is for the caller to say.
 */

import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecured } from 'node:tls'
import { status } from '@grpc/grpc-js'
import { type Clock, sleep } from '../../ports/clock.ts'

export interface ChannelOptions {
  /** `http://`, `https://` or `unix://`. */
  url: URL
  /** For `https`; without `ca` the system's authorities are trusted. */
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer }
  clock: Clock
  /** What one answer may carry. */
  mostBytes: number
}

/** How a call failed: one of gRPC's codes, and what the server says of it. */
export class CallError extends Error {
  override name = 'CallError'
  readonly code: status
  readonly details: string

  constructor(code: status, details: string) {
    super(`${code} ${status[code]}: ${details}`)
    this.code = code
    this.details = details
  }
}

type State =
  | { phase: 'idle' }
  | { phase: 'connecting'; socket: Socket; attempt: Promise<boolean> }
  | { phase: 'connected'; socket: Socket; session: ClientHttp2Session }
  | { phase: 'closed' }

const firstRetryMs = 100
const longestRetryMs = 2_000
/** HTTP/2's own windows would stop a large answer every 64 KiB. */
const streamWindow = 1 << 20
const connectionWindow = 8 << 20

export class UnaryChannel {
  readonly #options: ChannelOptions
  readonly #authority: string
  #state: State = { phase: 'idle' }

  constructor(options: ChannelOptions) {
    this.#options = options
    const { protocol, host } = options.url
    const scheme = protocol === 'https:' ? 'https' : 'http'
    this.#authority = `${scheme}://${protocol === 'unix:' ? 'localhost' : host}`
  }

  get connected(): boolean {
    return this.#state.phase === 'connected' && !this.#state.session.destroyed
  }

  /** Whether there is a connection, or comes to be one in that time. */
  async ready(withinMs: number): Promise<boolean> {
    const { clock } = this.#options
    const end = clock.monotonic() + withinMs
    for (let wait = firstRetryMs; ; wait = Math.min(2 * wait, longestRetryMs)) {
      if (await this.#within(end, this.#connect())) return true
      if (this.#state.phase === 'closed' || clock.monotonic() + wait >= end) return false
      await sleep(clock, wait)
    }
  }

  /**
   * Sends the message once.
   * @param withinMs after which nobody waits for the answer any more
   * @throws CallError
   */
  call(path: string, message: Buffer, withinMs: number): Promise<Buffer> {
    if (this.#state.phase !== 'connected' || !this.connected)
      return Promise.reject(new CallError(status.UNAVAILABLE, 'there is no connection'))
    const { socket, session } = this.#state
    const { clock, mostBytes } = this.#options
    return new Promise((resolve, reject) => {
      const read = socket.bytesRead
      const answer = new Answer(mostBytes)
      const stream = session.request({ ...requestHeaders, ':path': path })
      const finish = (error?: CallError) => {
        cancel()
        if (error) reject(error)
        else answer.settle(resolve, reject)
      }
      const cancel = clock.after(withinMs, () => {
        finish(new CallError(status.DEADLINE_EXCEEDED, `no answer in ${withinMs} ms`))
        stream.close(constants.NGHTTP2_CANCEL)
        // Not a byte in all that time: the other end is gone, and may never say so.
        if (socket.bytesRead === read) session.destroy()
      })
      stream.on('response', (headers) => answer.hear(headers))
      stream.on('trailers', (headers) => answer.hear(headers))
      stream.on('data', (chunk: Buffer) => {
        if (!answer.take(chunk)) stream.close(constants.NGHTTP2_CANCEL)
      })
      stream.on('error', (error) => answer.fail(error))
      // Some servers answer, and do not wait for all of the request.
      stream.on('close', () => finish())
      stream.end(framed(message))
    })
  }

  close(): void {
    const state = this.#state
    this.#state = { phase: 'closed' }
    if (state.phase === 'connected') state.session.destroy()
    else if (state.phase === 'connecting') state.socket.destroy()
  }

  async #within(end: number, connected: Promise<boolean>): Promise<boolean> {
    const stop = new AbortController()
    const { clock } = this.#options
    const late = sleep(clock, Math.max(0, end - clock.monotonic()), stop.signal).then(() => false)
    // Whoever is first; the timer is not left behind.
    return Promise.race([connected, late.catch(() => false)]).finally(() => stop.abort())
  }

  #connect(): Promise<boolean> {
    // Its end is told a turn later.
    if (this.#state.phase === 'connected' && !this.connected) this.#state = { phase: 'idle' }
    switch (this.#state.phase) {
      case 'closed':
        return Promise.resolve(false)
      case 'connected':
        return Promise.resolve(true)
      case 'connecting':
        return this.#state.attempt
      case 'idle': {
        const socket = this.#dial()
        const attempt = this.#attempt(socket)
        this.#state = { phase: 'connecting', socket, attempt }
        return attempt
      }
      default:
        return this.#state satisfies never
    }
  }

  #dial(): Socket {
    const { url, tls } = this.#options
    if (url.protocol === 'unix:') return connectPlain({ path: url.pathname })
    const { hostname } = url
    const host = hostname.replace(/^\[|\]$/g, '')
    const port = Number(url.port || '2379')
    if (url.protocol !== 'https:') return connectPlain({ host, port })
    const servername = isIP(host) ? {} : { servername: host }
    return connectSecured({ ...tls, ...servername, host, port, ALPNProtocols: ['h2'] })
  }

  #attempt(socket: Socket): Promise<boolean> {
    return new Promise((resolve) => {
      const session = connect(this.#authority, {
        createConnection: () => socket,
        settings: { enablePush: false, initialWindowSize: streamWindow },
        // Else it counts what its callers have bounded already.
        maxSessionMemory: Number.MAX_SAFE_INTEGER,
      })
      const lost = () => {
        const { phase } = this.#state
        if (phase !== 'closed' && 'socket' in this.#state && this.#state.socket === socket)
          this.#state = { phase: 'idle' }
        resolve(false)
      }
      // What was wrong is told to the calls; whoever waits for the connection tries again.
      session.on('error', lost)
      session.on('goaway', lost)
      session.on('close', lost)
      session.once('remoteSettings', () => {
        if (this.#state.phase !== 'connecting' || this.#state.socket !== socket) return
        session.setLocalWindowSize(connectionWindow)
        // A process may end while nobody waits for an answer.
        session.unref()
        this.#state = { phase: 'connected', socket, session }
        resolve(true)
      })
    })
  }
}

const requestHeaders = {
  ':method': 'POST',
  'content-type': 'application/grpc',
  te: 'trailers',
  'user-agent': 'tiphys',
}

/** What stands before a message: that it is not compressed, and its length. */
const prefixBytes = 5

function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length)
  frame[0] = 0
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, prefixBytes)
  return frame
}

/** Bytes beyond the printable ones stand as `%XX` in what a server says. */
function unquoted(text: string): string {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}

/** What has come of one answer so far. */
class Answer {
  readonly #mostBytes: number
  readonly #chunks: Buffer[] = []
  #length = 0
  #code: status | undefined
  #details = ''

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Headers or trailers; which of them say how it went depends on when that was known. */
  hear(headers: IncomingHttpHeaders): void {
    const http = headers[':status'] as unknown as number | undefined
    const code = headers['grpc-status']
    if (code !== undefined) {
      this.#code = Number(code)
      this.#details = unquoted(String(headers['grpc-message'] ?? ''))
    } else if (http !== undefined && http !== 200) {
      this.#code = status.UNAVAILABLE
      this.#details = `it answers with HTTP status ${http}`
    }
  }

  /** `false` when it is too much. */
  take(chunk: Buffer): boolean {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length <= this.#mostBytes) return true
    this.#code = status.RESOURCE_EXHAUSTED
    this.#details = `the answer is larger than max (${this.#mostBytes} bytes)`
    return false
  }

  /** The connection is gone, unless it has been said how it went. */
  fail({ message }: Error): void {
    if (this.#code !== undefined) return
    this.#code = status.UNAVAILABLE
    this.#details = message
  }

  settle(resolve: (message: Buffer) => void, reject: (error: CallError) => void): void {
    const { code, message } = this.#outcome()
    if (message) resolve(message)
    else reject(new CallError(code, this.#details))
  }

  #outcome(): { code: status; message?: Buffer } {
    if (this.#code === undefined) this.fail(new Error('the connection ended before the answer'))
    const code = this.#code ?? status.UNKNOWN
    if (code !== status.OK) return { code }
    const [first, ...rest] = this.#chunks
    const whole = first && rest.length > 0 ? Buffer.concat(this.#chunks) : first
    if (whole && whole[0] === 0 && whole.readUInt32BE(1) === whole.length - prefixBytes)
      return { code, message: whole.subarray(prefixBytes) }
    this.#details = 'the answer is not one plain message'
    return { code: status.INTERNAL }
  }
}
