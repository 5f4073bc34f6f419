/**
 * One watch over the whole store feeds the caches of all resources. The hub knows how far it is: it resumes there
 * when the connection breaks, lists anew when that is no longer possible, and lets readers wait until nothing they
 * could know of is missing. It does not interpret objects.
 */

import type { Subscription } from 'rxjs'
import { type Cancel, type Clock, sleep } from '../../ports/clock.ts'
import {
  CompactedError,
  type Revision,
  type Storage,
  StorageUnavailableError,
  type WatchBatch,
} from '../storage/storage.ts'
import type { RingLimits } from './event-ring.ts'
import type { ObjectIndex } from './object-index.ts'
import { ParsedObjects } from './parsed-objects.ts'
import { Recall } from './recall.ts'
import { type CacheSpec, WatchCache } from './watch-cache.ts'

export interface HubOptions {
  clock: Clock
  /** Where problems go that no caller can be told of. */
  report?: (error: Error) => void
  /** What each cache remembers; 10,000 changes, 32 MiB and 15 minutes unless told. */
  limits?: Partial<RingLimits>
  /** What all caches remember together; 128 MiB unless told. The one that remembers most forgets first. */
  totalBytes?: number
  /** How many parsed objects are kept; 512 unless told. */
  parsedObjects?: number
  /** Makes changing a shared object an error; for tests. */
  freeze?: boolean
}

export type HubState =
  | { state: 'stopped' }
  | { state: 'connecting' }
  | { state: 'following' }
  /** The watch broke; it is tried again. */
  | { state: 'waiting'; error: Error }

const defaults: RingLimits = { events: 10_000, bytes: 32 << 20, ageMs: 15 * 60_000 }
const bookmarkEveryMs = 60_000
const firstRetryMs = 50
const longestRetryMs = 1_000
/** How long a read waits before it makes the store say something. */
const nudgeAfterMs = 100
/** How long a read waits for the cache before it gives up. */
const freshWithinMs = 3_000
/** Objects read at once when a cache is filled, and of these taken in one turn. */
const listPage = 1_000
const adoptAtOnce = 100
/** Written under the watched prefix when another prefix of a shared store has moved the revision. */
const progressKey = '/progress'

interface Waiter {
  revision: Revision
  wake(reached: boolean): void
}

export class WatchHub {
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #options: HubOptions
  readonly #limits: RingLimits
  readonly parsed: ParsedObjects
  readonly #caches = new Map<string, WatchCache>()
  #state: HubState = { state: 'stopped' }
  /** Everything up to here has been applied to the caches. */
  #position: Revision = 0
  #watch: Subscription | undefined
  #subscribedAt = 0
  #retryMs = firstRetryMs
  #stopRetry = new AbortController()
  #cancelBookmarks: Cancel | undefined
  readonly #waiters = new Set<Waiter>()
  #nudging: Promise<void> | undefined
  readonly #recall: Recall
  /** Of keys and values. */
  #bytes = 0
  /** Grows when changes have been missed; lists begun before are void. */
  #epoch = 0

  constructor(storage: Storage, options: HubOptions) {
    this.#storage = storage
    this.#clock = options.clock
    this.#options = options
    this.#limits = { ...defaults, ...options.limits }
    this.#recall = new Recall({
      storage,
      clock: options.clock,
      caches: () => this.#caches.values(),
      cacheOf: (key) => this.#cacheOf(key),
      nudge: () => this.#nudge(),
    })
    this.parsed = new ParsedObjects(options.parsedObjects ?? 512, options.freeze ?? false)
  }

  get state(): HubState {
    return this.#state
  }

  /** Everything up to here can be read from every loaded cache. */
  get revision(): Revision {
    return this.#position
  }

  /** How many bytes of keys and values this hub has seen written, and up to where: 0 while it does not know. */
  get written(): { revision: Revision; bytes: number } {
    return { revision: this.#position, bytes: this.#bytes }
  }

  /**
   * The cache of the keys under `prefix` (`/registry/pods/`); loaded in the background once the hub runs: await its
   * `loaded`. No prefix may be the beginning of another.
   */
  cache(prefix: string, spec: CacheSpec = {}): WatchCache {
    if (!prefix.startsWith('/') || !prefix.endsWith('/'))
      throw new TypeError(`the prefix ${prefix} must begin and end with /`)
    for (const other of this.#caches.keys())
      if (other.startsWith(prefix) || prefix.startsWith(other))
        throw new TypeError(`the prefixes ${prefix} and ${other} overlap`)
    const cache = new WatchCache(prefix, spec, {
      storage: this.#storage,
      clock: this.#clock,
      limits: this.#limits,
      parsed: this.parsed,
      position: () => this.#position,
      report: (error) => this.#report(error),
    })
    this.#caches.set(prefix, cache)
    // Without a position nothing would join the list to the changes after it; connecting loads what needs it.
    if (this.#position > 0) void this.#load(cache)
    return cache
  }

  /** Forgets a cache (its resource is gone) and ends its watches. */
  remove(cache: WatchCache): void {
    if (this.#caches.get(cache.prefix) === cache) this.#caches.delete(cache.prefix)
    cache.close()
  }

  /** Connects and loads all caches; resolves when they can be read. Keeps trying while the store is unavailable. */
  async start(): Promise<void> {
    if (this.#state.state !== 'stopped') return
    this.#state = { state: 'connecting' }
    this.#stopRetry = new AbortController()
    this.#scheduleBookmarks()
    void this.#connect()
    await Promise.all([...this.#caches.values()].map((cache) => cache.loaded))
  }

  stop(): void {
    this.#state = { state: 'stopped' }
    this.#epoch++
    this.#position = 0
    this.#watch?.unsubscribe()
    this.#watch = undefined
    this.#stopRetry.abort(new StorageUnavailableError('the watch cache has been stopped'))
    this.#cancelBookmarks?.()
    for (const waiter of [...this.#waiters]) waiter.wake(false)
    for (const cache of this.#caches.values()) cache.close()
    this.#caches.clear()
  }

  /**
   * Resolves when every cache is as new as anything that anyone was told of before this call.
   * @throws StorageUnavailableError when the store does not answer, or the caches do not get there in 3 seconds
   */
  async fresh(): Promise<void> {
    const target = await this.#storage.revision()
    if (this.#reached(target)) return
    const cancel = this.#clock.after(nudgeAfterMs, () => this.#nudge())
    const reached = await this.waitFor(target, freshWithinMs)
    cancel()
    if (reached) return
    this.#restartWatch()
    throw new StorageUnavailableError(
      `the watch cache is at revision ${this.#position} and does not reach ${target}`,
    )
  }

  /** Lets a cache remember what came after a revision, where the store still knows and it is not too much. */
  async recall(cache: WatchCache, after: Revision): Promise<void> {
    if (!cache.couldRecall(after)) return
    await this.#recall.since(cache, after)
    this.#boundMemory()
  }

  /** Has the store tell of something new, so that whoever follows it from the past learns that this is the present. */
  nudge(): void {
    this.#nudge()
  }

  /** Whether every cache reached the revision within the time. */
  waitFor(revision: Revision, timeoutMs: number): Promise<boolean> {
    if (this.#reached(revision)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const waiter: Waiter = {
        revision,
        wake: (reached) => {
          cancel()
          this.#waiters.delete(waiter)
          resolve(reached)
        },
      }
      const cancel = this.#clock.after(timeoutMs, () => waiter.wake(false))
      this.#waiters.add(waiter)
    })
  }

  #reached(revision: Revision): boolean {
    if (this.#position < revision) return false
    for (const cache of this.#caches.values()) if (cache.needsList) return false
    return true
  }

  #wake(): void {
    if (this.#waiters.size === 0) return
    for (const waiter of [...this.#waiters]) if (this.#reached(waiter.revision)) waiter.wake(true)
  }

  /** Makes a write that the watch will see: what was written under other prefixes is then known to be behind it. */
  #nudge(): void {
    this.#nudging ??= this.#writeProgress()
      .catch((error: Error) => this.#report(error))
      .finally(() => {
        this.#nudging = undefined
      })
  }

  async #writeProgress(): Promise<void> {
    const { entry } = await this.#storage.get(progressKey)
    // Losing the race is as good: whoever won has just written it.
    const value = Buffer.from(String(this.#position))
    await this.#storage.write({ key: progressKey, value, expect: entry?.modified ?? 0 })
  }

  // Following the store

  async #connect(): Promise<void> {
    const epoch = this.#epoch
    try {
      if (this.#position === 0) {
        const revision = await this.#storage.revision()
        if (epoch !== this.#epoch) return
        this.#position = revision
      }
      this.#subscribe()
      // The watch may have failed at once, its position lost: a list now would not be joined to what follows.
      if (epoch !== this.#epoch) return
      for (const cache of this.#caches.values()) if (cache.needsList) void this.#load(cache)
    } catch (error) {
      if (epoch === this.#epoch) await this.#retry(error as Error)
    }
  }

  #subscribe(): void {
    this.#watch?.unsubscribe()
    this.#state = { state: 'following' }
    this.#subscribedAt = this.#clock.monotonic()
    this.#watch = this.#storage.watch('', this.#position).subscribe({
      next: (batch) => this.#apply(batch),
      error: (error: Error) => this.#broken(error),
    })
  }

  #broken(error: Error): void {
    if (this.#state.state === 'stopped') return
    if (error instanceof CompactedError) {
      this.#report(error)
      this.#missed()
    }
    void this.#retry(error)
  }

  /** What happened in between is lost: everything is listed again. */
  #missed(): void {
    this.#epoch++
    for (const cache of this.#caches.values()) cache.miss()
    this.#position = 0
  }

  async #retry(error: Error): Promise<void> {
    this.#state = { state: 'waiting', error }
    const wait = this.#retryMs
    this.#retryMs = Math.min(wait * 2, longestRetryMs)
    try {
      await sleep(this.#clock, wait, this.#stopRetry.signal)
    } catch {
      return // stopped
    }
    if (this.#state.state === 'waiting') await this.#connect()
  }

  /** The connection may be half open: asks anew, but not for each of the readers that gave up. */
  #restartWatch(): void {
    const now = this.#clock.monotonic()
    if (this.#state.state !== 'following' || now - this.#subscribedAt < freshWithinMs) return
    this.#subscribe()
  }

  #apply({ revision, events }: WatchBatch): void {
    this.#retryMs = firstRetryMs
    for (const event of events) {
      const [key, at] =
        event.type === 'put' ? [event.entry.key, event.entry.modified] : [event.key, event.revision]
      if (at <= this.#position) continue
      this.#position = at
      this.#bytes += key.length + (event.type === 'put' ? event.entry.value.length : 0)
      this.#cacheOf(key)?.apply(event)
    }
    this.#position = Math.max(this.#position, revision)
    if (events.length > 0) this.#boundMemory()
    this.#wake()
  }

  #cacheOf(key: string): WatchCache | undefined {
    for (let at = key.indexOf('/', 1); at > 0; at = key.indexOf('/', at + 1)) {
      const cache = this.#caches.get(key.slice(0, at + 1))
      if (cache) return cache
    }
    return undefined
  }

  #boundMemory(): void {
    const limit = this.#options.totalBytes ?? 128 << 20
    let total = 0
    let largest: WatchCache | undefined
    for (const cache of this.#caches.values()) {
      total += cache.remembered.bytes
      if (cache.remembered.bytes > (largest?.remembered.bytes ?? 0)) largest = cache
    }
    for (; largest && total > limit && largest.remembered.events > 0; ) {
      total -= largest.remembered.bytes
      largest.forgetOldest()
      total += largest.remembered.bytes
    }
  }

  // Loading

  async #load(cache: WatchCache): Promise<void> {
    let wait = firstRetryMs
    while (this.#caches.get(cache.prefix) === cache && cache.needsList) {
      const epoch = this.#epoch
      try {
        const listed = await this.#list(cache, () => epoch === this.#epoch && !cache.overrun)
        if (epoch !== this.#epoch) return // whoever missed changes loads anew
        if (listed) cache.replace(listed.index, listed.revision)
        else cache.miss()
      } catch (error) {
        if (epoch !== this.#epoch) return
        this.#report(error as Error)
        await sleep(this.#clock, wait, this.#stopRetry.signal).catch(() => undefined)
        wait = Math.min(wait * 2, longestRetryMs)
      }
    }
    this.#wake()
  }

  /** All entries under the cache's prefix at one revision; `undefined` when it was not worth going on. */
  async #list(
    cache: WatchCache,
    worthwhile: () => boolean,
  ): Promise<{ index: ObjectIndex; revision: Revision } | undefined> {
    const index = cache.newIndex()
    let revision: Revision | undefined
    let after: string | undefined
    for (;;) {
      const options = { limit: listPage, after, revision }
      const page = await this.#storage.range(cache.prefix, options)
      revision = page.revision
      for (const [at, entry] of page.entries.entries()) {
        if (at % adoptAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
        const version = cache.adopt(entry)
        if (version) index.set(version)
      }
      if (!worthwhile()) return undefined
      if (page.remaining === 0) return { index, revision }
      after = page.entries.at(-1)?.key
    }
  }

  #scheduleBookmarks(): void {
    this.#cancelBookmarks = this.#clock.after(bookmarkEveryMs, () => {
      for (const cache of this.#caches.values()) cache.bookmark()
      this.#scheduleBookmarks()
    })
  }

  #report(error: Error): void {
    this.#options.report?.(error)
  }
}
