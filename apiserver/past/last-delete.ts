/**
 * When a key was deleted. Stores do not list what is gone: it is found among the events of the key. A store need not say
 * that it has told all, so its silence counts as an answer, but only while it answers otherwise: what a slow store has told
 * so far is not taken for everything.
 */

import { type Clock, sleep } from '../../ports/clock.ts'
import {
  type Entry,
  type Revision,
  type Storage,
  type StorageEvent,
  StorageUnavailableError,
} from '../storage/storage.ts'

export type Delete = StorageEvent & { type: 'delete' }

export interface Look {
  key: string
  /** What was deleted at the edge of history, or before, is not known. */
  from: Revision
  /** At or before. */
  before: Revision
  isMeant(last: Entry): boolean
}

type LookedThrough = Pick<Storage, 'watch' | 'revision'>

/** Milliseconds of one silence. */
const silence = 500
/** Silences in a row after which nothing is to come, once there has come something or before. */
const enough = { begun: 2, notBegun: 6 }
/** Milliseconds that it may take in all. */
const longest = 10_000

/** @throws CompactedError, StorageUnavailableError */
export async function lastDelete(
  storage: LookedThrough,
  clock: Clock,
  look: Look,
): Promise<Delete | undefined> {
  if (look.before <= look.from) return undefined
  const listening = new Listening(storage, look)
  const began = clock.monotonic()
  try {
    for (let silent = 0; silent < (listening.batches > 0 ? enough.begun : enough.notBegun); ) {
      const { batches } = listening
      if (await isOver(clock, listening)) break
      await Promise.race([listening.told, storage.revision()])
      silent = listening.batches === batches ? silent + 1 : 0
      if (clock.monotonic() - began > longest)
        throw new StorageUnavailableError('history is told too slowly; try again')
    }
    return listening.found
  } finally {
    listening.end()
  }
}

/** Waits for the end, no longer than a silence. */
async function isOver(clock: Clock, { told }: Listening): Promise<boolean> {
  const waiting = new AbortController()
  const silent = sleep(clock, silence, waiting.signal)
  silent.catch(() => {}) // nobody waits any more
  try {
    return await Promise.race([told.then(() => true), silent.then(() => false)])
  } finally {
    waiting.abort()
  }
}

class Listening {
  found: Delete | undefined
  batches = 0
  /** Resolves when all has been told that can be meant, where the store says so. */
  readonly told: Promise<void>
  readonly end: () => void

  constructor(storage: LookedThrough, { key, from, before, isMeant }: Look) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.told = promise
    const subscription = storage.watch(key, from, { exact: true }).subscribe({
      next: ({ revision, events }) => {
        this.batches++
        for (const event of events)
          if (event.type === 'delete' && event.revision <= before && isMeant(event.previous))
            this.found = event
        if (revision >= before) resolve()
      },
      error: reject,
    })
    this.end = () => subscription.unsubscribe()
  }
}
