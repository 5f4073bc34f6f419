/**
 * The load: a process of its own, so that it takes nothing of the server's event loop. Closed loops of requests, streams
 * of watchers that count what arrives, and writes at a fixed rate.
 */

import { sleep } from '../../ports/clock.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { percentile } from '../statistics.ts'
import { nameOf, namePlaceholder } from './bodies.ts'
import { type Address, Connection, requestBytes } from './connection.ts'
import { serve } from './remote.ts'
import { Arrivals, expectEvents, openStreams, type Stream, type StreamOptions } from './streams.ts'
import './usage.ts'

export interface Request {
  method: 'GET' | 'POST' | 'PATCH'
  /** With `namePlaceholder` in it where each request is about another object. */
  path: string
  /** `application/json` unless told. */
  contentType?: string
  /** With `namePlaceholder` in it, which becomes a new name each time. */
  body?: string
  /** Four letters that the names begin with. */
  series?: string
}

export interface LoopOptions {
  address: Address
  /** Requests under way at once, each on a connection of its own. */
  connections: number
  request: Request
  /** Whichever comes first; one of them must be there. */
  seconds?: number
  count?: number
}

export interface LoopResult {
  count: number
  seconds: number
  /** Milliseconds from request to the end of the answer. */
  p50: number
  p99: number
  bytes: number
}

const series = new Map<string, number>()

function nextName(name: string): string {
  const n = series.get(name) ?? 0
  series.set(name, n + 1)
  return nameOf(name, n)
}

/** The bytes of the next request. */
function requestMaker(request: Request): () => Buffer {
  const { method, path, body = '', series = 'load', contentType } = request
  const template = requestBytes(method, path, body, contentType).toString()
  const parts = template.split(namePlaceholder)
  if (method === 'GET') {
    const bytes = Buffer.from(template)
    return () => bytes
  }
  return () => Buffer.from(parts.join(nextName(series)))
}

async function withConnections<T>(
  address: Address,
  count: number,
  use: (connections: Connection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(
    Array.from({ length: count }, () => Connection.open(address)),
  )
  try {
    return await use(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

function closedLoop({ address, connections, request, seconds, count = Infinity }: LoopOptions) {
  return withConnections(address, connections, async (all): Promise<LoopResult> => {
    const next = requestMaker(request)
    const times: number[] = []
    let bytes = 0
    let sent = 0
    const start = performance.now()
    const end = start + (seconds ?? Infinity) * 1000
    await Promise.all(
      all.map(async (connection) => {
        while (sent < count && performance.now() < end) {
          sent++
          const begun = performance.now()
          const { status, length } = await connection.request(next())
          if (status >= 300) throw new Error(`${request.method} ${request.path}: ${status}`)
          times.push(performance.now() - begun)
          bytes += length
        }
      }),
    )
    return {
      count: times.length,
      seconds: (performance.now() - start) / 1000,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      bytes,
    }
  })
}

export interface PaceOptions {
  address: Address
  request: Request
  perSecond: number
  count: number
}

/** Milliseconds. */
export interface Latencies {
  /** From sending the write to its event at a watcher: commit included. */
  p50: number
  p99: number
  max: number
  /** From the answer to the write to its event; 0 where the event was first. */
  afterAnswerP50: number
  afterAnswerP99: number
  writeP50: number
  writeP99: number
  /** How many writes a second there really were. */
  perSecond: number
}

let streams: Stream[] = []

/** Writes at a fixed rate, and when each write's event came to each stream. */
async function paced({ address, request, perSecond, count }: PaceOptions): Promise<Latencies> {
  const { path, body = '', series: name = 'pace' } = request
  const arrivals = new Arrivals(streams, name, count)
  const sent = new Map<string, number>()
  const answered = new Map<string, number>()
  let next = 0
  const seconds = await withConnections(address, 64, async (connections) => {
    const start = performance.now()
    const write = async (connection: Connection) => {
      while (next < count) {
        const due = start + (next++ * 1000) / perSecond
        const wait = due - performance.now()
        if (wait > 0) await sleep(systemClock, wait)
        const object = nextName(name)
        // A write that had to wait for a connection is late: its time runs from when it was due.
        sent.set(object, Math.min(performance.now(), wait > 0 ? Infinity : due))
        const bytes = requestBytes('POST', path, body.replace(namePlaceholder, object))
        const { status } = await connection.request(bytes)
        if (status >= 300) throw new Error(`POST ${path}: ${status}`)
        answered.set(object, performance.now())
      }
    }
    await Promise.all(connections.map(write))
    return (performance.now() - start) / 1000
  })
  while (!arrivals.complete) await sleep(systemClock, 20)
  return { ...latenciesOf(arrivals, sent, answered), perSecond: count / seconds }
}

function latenciesOf(
  { order, times }: Arrivals,
  sent: Map<string, number>,
  answered: Map<string, number>,
): Omit<Latencies, 'perSecond'> {
  const whole: number[] = []
  const afterAnswer: number[] = []
  order.forEach((name, k) => {
    for (const arrived of times) {
      whole.push(arrived[k]! - sent.get(name)!)
      afterAnswer.push(Math.max(0, arrived[k]! - answered.get(name)!))
    }
  })
  const writes = [...sent].map(([name, at]) => answered.get(name)! - at)
  return {
    p50: percentile(whole, 0.5),
    p99: percentile(whole, 0.99),
    max: percentile(whole, 1),
    afterAnswerP50: percentile(afterAnswer, 0.5),
    afterAnswerP99: percentile(afterAnswer, 0.99),
    writeP50: percentile(writes, 0.5),
    writeP99: percentile(writes, 0.99),
  }
}

let arrivals: Arrivals | undefined

/** The same numbers for events that somebody else has sent at these times (milliseconds since the epoch). */
async function latenciesSince({ sentAt }: { sentAt: number[] }) {
  if (!arrivals) throw new Error('beginArrivals comes first')
  const { times } = arrivals
  while (!arrivals.complete) await sleep(systemClock, 20)
  const all: number[] = []
  for (const arrived of times)
    sentAt.forEach((at, k) => {
      all.push(performance.timeOrigin + arrived[k]! - at)
    })
  return { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: percentile(all, 1) }
}

const methods = {
  closedLoop,
  beginArrivals({ events }: { events: number }) {
    arrivals = new Arrivals(streams, 'none', events)
  },
  latenciesSince,
  async openStreams(options: StreamOptions) {
    streams = await openStreams(options)
  },
  closeStreams() {
    for (const stream of streams) stream.close()
    streams = []
  },
  expectEvents: ({ perStream }: { perStream: number }) => expectEvents(streams, perStream),
  paced,
}

export type LoadMethods = typeof methods

serve(methods)
process.channel?.ref()
