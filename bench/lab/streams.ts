/** Many open streams, and what arrives on them: counted, not parsed, so that counting is never the limit. */

import type { TLSSocket } from 'node:tls'
import { type Address, openSocket, requestBytes } from './connection.ts'

const newline = 10
const brace = 125

/** One open stream; an event ends with `}` and a new line, which nothing else in it does. */
export class Stream {
  events = 0
  bytes = 0
  closed = false
  onChunk: (chunk: Buffer) => void = () => {}
  /** After `onChunk` of the chunk in which they end. */
  onEvents: (count: number) => void = () => {}
  readonly #socket: TLSSocket
  #last = 0

  constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.closed = true
    })
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length
    this.onChunk(chunk)
    let found = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1))
      if ((at === 0 ? this.#last : chunk[at - 1]) === brace) found++
    this.#last = chunk[chunk.length - 1]!
    if (found === 0) return
    this.events += found
    this.onEvents(found)
  }

  close(): void {
    this.#socket.destroy()
  }
}

export interface StreamOptions {
  address: Address
  path: string
  count: number
}

/** A few at a time: handshakes are costly, and no server shall time them out. */
export async function openStreams({ address, path, count }: StreamOptions): Promise<Stream[]> {
  const streams: Stream[] = []
  const request = requestBytes('GET', path)
  while (streams.length < count) {
    const some = Math.min(50, count - streams.length)
    const sockets = await Promise.all(Array.from({ length: some }, () => openSocket(address)))
    const answers = sockets.map(answered)
    for (const socket of sockets) {
      streams.push(new Stream(socket))
      socket.write(request)
    }
    await Promise.all(answers)
  }
  return streams
}

const answered = (socket: TLSSocket) =>
  new Promise<void>((resolve, reject) => {
    socket.once('data', () => resolve())
    socket.once('close', () => reject(new Error('a stream was closed before it began')))
  })

export interface FanOut {
  /** From the first event that arrived anywhere to the last one. */
  seconds: number
  deliveries: number
  bytes: number
}

const received = (streams: readonly Stream[]) =>
  streams.reduce((total, { bytes }) => total + bytes, 0)

/** Resolves when every stream has got so many events from now on; rejects when one is closed before. */
export function expectEvents(streams: readonly Stream[], perStream: number): Promise<FanOut> {
  return new Promise((resolve, reject) => {
    const before = received(streams)
    let missing = streams.length
    let first = 0
    const watchdog = setInterval(() => {
      if (!streams.some(({ closed }) => closed)) return
      clearInterval(watchdog)
      reject(new Error('the server has cut streams off'))
    }, 1000)
    const finish = () => {
      clearInterval(watchdog)
      resolve({
        seconds: (performance.now() - first) / 1000,
        deliveries: perStream * streams.length,
        bytes: received(streams) - before,
      })
    }
    for (const stream of streams) {
      const until = stream.events + perStream
      stream.onEvents = () => {
        first ||= performance.now()
        if (stream.events < until) return
        stream.onEvents = () => {}
        if (--missing === 0) finish()
      }
    }
  })
}

/**
 * When the k-th event came to each stream. All streams have the same order, so the first one alone is read: it tells
 * which write the k-th event is.
 */
export class Arrivals {
  /** Names in the order of events. */
  readonly order: string[] = []
  /** By stream, then by event; `performance.now()`. */
  readonly times: Float64Array[]
  readonly #name: RegExp
  #rest = ''

  constructor(streams: readonly Stream[], series: string, events: number) {
    this.#name = new RegExp(`${series}-\\d{11}`, 'g')
    this.times = streams.map((stream, which) => {
      const times = new Float64Array(events)
      let at = 0
      if (which === 0) stream.onChunk = (chunk) => this.#read(chunk)
      stream.onEvents = (found) => {
        const now = performance.now()
        for (let n = 0; n < found && at < events; n++) times[at++] = now
      }
      return times
    })
  }

  #read(chunk: Buffer): void {
    const text = this.#rest + chunk.toString('latin1')
    for (const [name] of text.matchAll(this.#name))
      if (this.order.at(-1) !== name) this.order.push(name)
    this.#rest = text.slice(-15)
  }

  get complete(): boolean {
    return this.times.every((times) => times.at(-1) !== 0)
  }
}
