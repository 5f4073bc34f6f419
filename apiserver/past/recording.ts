/**
 * `GET /tiphys/v1/recording`: what there was, and then every change with who made it, from the store's history. The reader
 * sets the pace: what is not taken is not read, and nothing is lost by waiting, because the store keeps it. One who takes
 * nothing for long, or who is as far behind as history goes back, is told no more, and goes on from where that was.
 */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Exchange, Headers, Output } from '../http/exchange.ts'
import type { Flusher } from '../http/flusher.ts'
import { tooManyRequests } from '../http/status.ts'
import type { User } from '../registry/registry.ts'
import type { Entry, Storage } from '../storage/storage.ts'
import type { WatchHub } from '../watch/watch-hub.ts'
import { type Edge, timeAfter } from './edge.ts'
import { Following } from './following.ts'
import { headerLine, keyframeEnd, keyframeObjects, keyframeStart } from './recorded-lines.ts'
import { type RecordingWish, recordingWish, type WishPorts } from './recording-wish.ts'
import { ShownNotes } from './shown-note.ts'

export interface RecordingPorts extends WishPorts {
  storage: Storage
  hub: Pick<WatchHub, 'revision' | 'nudge'>
  clock: Clock
  random: Random
  edge: Edge
  /** What `/version` says. */
  version: string
  flusher: Flusher
  /** Aborts when the server stops. */
  stopping: AbortSignal
  unexpected(error: unknown): void
}

const jsonLines: Headers = {
  'Content-Type': 'application/jsonl',
  'Cache-Control': 'no-cache, private',
  'X-Content-Type-Options': 'nosniff',
}

/** Recordings that are made at once. */
const mostRecordings = 64
/** Objects of a keyframe that are read at once. */
const page = 100
/** Bytes that may wait for the reader before it is waited for. */
const comfortable = 256 * 1024
/** Seconds after which a reader has to ask again, and up to twice as long: who may read is not asked in between. */
const longest = 1_800

export class Recordings {
  readonly #ports: RecordingPorts
  #open = 0

  constructor(ports: RecordingPorts) {
    this.#ports = ports
  }

  /** @throws StatusError 400, 403, 410, 429 */
  async serve(exchange: Exchange, query: URLSearchParams, user: User): Promise<void> {
    const wish = await recordingWish(this.#ports, query, user)
    if (this.#open >= mostRecordings)
      throw tooManyRequests(`${mostRecordings} recordings are made already; try again later`, 5)
    this.#open++
    try {
      await record(this.#ports, exchange, wish, user)
    } finally {
      this.#open--
    }
  }
}

async function record(
  ports: RecordingPorts,
  exchange: Exchange,
  wish: RecordingWish,
  user: User,
): Promise<void> {
  const { clock, random, stopping, flusher } = ports
  const { namespace, resources, from } = wish
  const edge = await ports.edge.moment()
  const began = wish.keyframe ? await timeOf(ports, edge, from) : ''
  const pages = pagesOf(ports.storage, wish)
  // Read before the answer begins: it may be no longer there.
  const first = await pages.next()
  const output = exchange.open(200, jsonLines, (flush) => flusher.schedule(flush))
  output.write(
    headerLine({
      server: ports.version,
      namespace,
      resources: resources.map(({ name }) => name),
      edge: { revision: edge.revision, at: edge.at ?? '' },
    }),
  )
  if (wish.keyframe) await writeKeyframe(output, { revision: from, at: began }, first, pages)
  const ending = new AbortController()
  const stop = () => ending.abort()
  const cancel = clock.after(longest * 1000 * (1 + random.next()), stop)
  const signals = [stopping, exchange.signal]
  for (const signal of signals) {
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  }
  try {
    const following = { ...ports, shown: notesFor(ports, wish, user) }
    await new Following(following, output, wish, began).run(ending.signal)
  } finally {
    cancel()
    for (const signal of signals) signal.removeEventListener('abort', stop)
  }
}

function notesFor(
  { authorize, unexpected }: RecordingPorts,
  { namespace, resources }: RecordingWish,
  user: User,
): (note: Buffer) => Buffer {
  const names = new Set(resources.map(({ name }) => name))
  const notes = new ShownNotes({ user, authorize, namespace, resources: names, unexpected })
  return (note) => notes.of(note)
}

/** When it was as it was at a revision; empty where nobody knows. */
async function timeOf(
  { storage, clock }: RecordingPorts,
  edge: { revision: number; at?: string },
  from: number,
): Promise<string> {
  if (from === edge.revision && edge.at !== undefined) return edge.at
  if (from >= (await storage.revision())) return new Date(clock.now()).toISOString()
  return (await timeAfter(storage, clock, from)) ?? ''
}

/** Everything there was. @throws CompactedError */
async function* pagesOf(
  storage: Storage,
  { resources, from, keyframe }: RecordingWish,
): AsyncGenerator<Entry[], void, undefined> {
  if (!keyframe) return
  for (const { prefix } of resources)
    for (let after: string | undefined; ; ) {
      const options = { revision: from, limit: page, ...(after !== undefined && { after }) }
      const { entries, remaining } = await storage.range(prefix, options)
      yield entries
      after = entries.at(-1)?.key
      if (remaining === 0) break
    }
}

async function writeKeyframe(
  output: Output,
  moment: { revision: number; at: string },
  first: IteratorResult<Entry[], void>,
  rest: AsyncGenerator<Entry[], void, undefined>,
): Promise<void> {
  output.write(keyframeStart(moment))
  let bare = true
  for (let read = first; !read.done && !output.closed; read = await rest.next()) {
    for (const chunk of keyframeObjects(read.value, bare)) output.write(chunk)
    if (read.value.length > 0) bare = false
    if (output.buffered > comfortable) await output.drained()
  }
  output.write(keyframeEnd)
}
