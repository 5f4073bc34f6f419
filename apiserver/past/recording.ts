/**
 * `GET /tiphys/v1/recording`: what there was, and then every change with who made it, from the store's history. The reader
 * sets the pace: what is not taken is not read, and nothing is lost by waiting, because the store keeps it. One who takes
 * nothing for long, or who is as far behind as history goes back, is told no more, and goes on from where that was.
 */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Exchange, Headers } from '../http/exchange.ts'
import type { Flusher } from '../http/flusher.ts'
import type { User } from '../registry/registry.ts'
import type { Storage } from '../storage/storage.ts'
import type { WatchHub } from '../watch/watch-hub.ts'
import { type Edge, timeAfter } from './edge.ts'
import { Following } from './following.ts'
import { pagesOf, writeKeyframe } from './keyframe.ts'
import { Places } from './places.ts'
import { headerLine } from './recorded-lines.ts'
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

/** Recordings that are made at once; a page has one for each namespace that is looked at. */
const room = { places: 64, share: 32, what: 'recordings' }
/** Seconds after which a reader has to ask again, and up to twice as long: who may read is not asked in between. */
const longest = 1_800

export class Recordings {
  readonly #ports: RecordingPorts
  readonly #places = new Places(room)

  constructor(ports: RecordingPorts) {
    this.#ports = ports
  }

  /** @throws StatusError 400, 403, 410, 429 */
  async serve(exchange: Exchange, query: URLSearchParams, user: User): Promise<void> {
    const wish = await recordingWish(this.#ports, query, user)
    await this.#places.during(user.name, () => record(this.#ports, exchange, wish, user))
  }
}

async function record(
  ports: RecordingPorts,
  exchange: Exchange,
  wish: RecordingWish,
  user: User,
): Promise<void> {
  const { namespace, resources, from } = wish
  const edge = await ports.edge.moment()
  const began = wish.keyframe ? await timeOf(ports, edge, from) : ''
  const pages = pagesOf(ports.storage, wish)
  // Read before the answer begins: it may be no longer there.
  const first = await pages.next()
  const output = exchange.open(200, jsonLines, (flush) => ports.flusher.schedule(flush))
  output.write(
    headerLine({
      server: ports.version,
      namespace,
      resources: resources.map(({ name }) => name),
      edge: { revision: edge.revision, at: edge.at ?? '' },
    }),
  )
  await untilEnded(ports, exchange, async (ending) => {
    const moment = { revision: from, at: began }
    const reader = { output, clock: ports.clock, ending }
    if (wish.keyframe && !(await writeKeyframe(reader, moment, first, pages))) return output.abort()
    const following = { ...ports, shown: notesFor(ports, wish, user) }
    return new Following(following, output, wish, began).run(ending)
  })
}

/** The signal aborts when the client is gone, the server stops, or it has taken long enough. */
async function untilEnded(
  { clock, random, stopping }: RecordingPorts,
  exchange: Exchange,
  work: (ending: AbortSignal) => Promise<void> | void,
): Promise<void> {
  const ending = new AbortController()
  const stop = () => ending.abort()
  const cancel = clock.after(longest * 1000 * (1 + random.next()), stop)
  const signals = [stopping, exchange.signal]
  for (const signal of signals) {
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  }
  try {
    await work(ending.signal)
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
