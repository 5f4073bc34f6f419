/**
 * What the caches do not remember (because the server has just started, or because it is long ago), from the store's
 * history: clients go on from the version they saw instead of listing anew. Whatever is recalled becomes part of what a
 * cache remembers, so all watchers are told the same in the same order. One read of the history at a time, of so many
 * revisions at most, and never more than a cache would remember anyway.
 */

import type { Clock } from '../../ports/clock.ts'
import {
  CompactedError,
  type Revision,
  type Storage,
  type StorageEvent,
} from '../storage/storage.ts'
import type { Recollection, WatchCache } from './watch-cache.ts'

/** Revisions that are read to serve one watch; who is further behind lists anew. */
const mostRevisions = 20_000
/** How long before a history that does not say that it is told is made to. */
const nudgeAfter = 100
/** How long the history may take to come, milliseconds. */
const patience = 5_000

export interface RecallPorts {
  storage: Storage
  clock: Clock
  caches(): Iterable<WatchCache>
  cacheOf(key: string): WatchCache | undefined
  /** Writes something that the watch will see behind all there was. */
  nudge(): void
}

export class Recall {
  readonly #ports: RecallPorts
  #reading: Promise<void> | undefined

  constructor(ports: RecallPorts) {
    this.#ports = ports
  }

  /** Makes a cache remember everything after a revision, if that is possible. */
  async since(cache: WatchCache, after: Revision): Promise<void> {
    while (this.#reading && cache.couldRecall(after)) await this.#reading
    if (!cache.couldRecall(after)) return
    if (cache.oldest - after > mostRevisions) return
    this.#reading = this.#read(cache, after).finally(() => {
      this.#reading = undefined
    })
    await this.#reading
  }

  async #read(cache: WatchCache, after: Revision): Promise<void> {
    const until = cache.oldest
    const taking = new Map<WatchCache, Recollection>()
    for (const other of this.#ports.caches())
      if (other.couldRecall(after) && other.oldest <= until)
        taking.set(other, other.recollect(after, until))
    const end = await this.#follow(after, until, (key, event) => {
      const taker = this.#ports.cacheOf(key)
      if (taker) taking.get(taker)?.take(event)
    })
    if (end.complete) for (const recollection of taking.values()) recollection.join()
    else cache.forget(end.oldest ?? until)
  }

  /** Tells the history from after one revision to another; `oldest` where it begins later. */
  #follow(
    after: Revision,
    until: Revision,
    tell: (key: string, event: StorageEvent) => void,
  ): Promise<{ complete: boolean; oldest?: Revision }> {
    return new Promise((resolve) => {
      const end = (complete: boolean, oldest?: Revision) => {
        for (const cancel of cancels) cancel()
        queueMicrotask(() => subscription.unsubscribe())
        resolve({ complete, oldest })
      }
      const { clock, nudge } = this.#ports
      const cancels = [clock.after(nudgeAfter, nudge), clock.after(patience, () => end(false))]
      const subscription = this.#ports.storage.watch('', after).subscribe({
        next({ revision, events }) {
          for (const event of events) {
            if (event.type === 'put') {
              if (event.entry.modified <= until) tell(event.entry.key, event)
            } else if (event.revision <= until) tell(event.key, event)
          }
          if (revision >= until) end(true)
        },
        error: (error) => end(false, error instanceof CompactedError ? error.oldest : undefined),
      })
    })
  }
}
