/**
 * gRPC calls of one message and one answer, over one HTTP/2 connection. A store makes thousands a second, and each
 * costs a third of what it costs through a client that is made for everything: no streams, no compression, no
 * interceptors. It sends nothing twice; what a failed call means is for the caller to say.
 */

import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecured } from 'node:tls'
import { status } from '@grpc/grpc-js'
import { type Clock, sleep } from '../../ports/clock.ts'
import { Answer, CallError, framed } from './unary-answer.ts'

export { CallError }

export interface ChannelOptions {
  /** `http://`, `https://` or `unix://`. */
  url: URL
  /** For `https`; without `ca` the system's authorities are trusted. */
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer }
  clock: Clock
  /** What one answer may carry. */
  mostBytes: number
}

type State =
  | { phase: 'idle' }
  | { phase: 'connecting'; socket: Socket; attempt: Promise<boolean> }
  | { phase: 'connected'; socket: Socket; session: ClientHttp2Session }
  | { phase: 'closed' }

const firstRetryMs = 100
const longestRetryMs = 2_000
/** A server that accepts a connection and says nothing is tried anew after so long. */
const silenceMs = 10_000
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
      const cancel = this.#options.clock.after(silenceMs, () => socket.destroy())
      const lost = () => {
        cancel()
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
        cancel()
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
