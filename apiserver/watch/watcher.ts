/**
 * One watch: first the objects there are (if wanted), then the changes since, then changes as they happen. It goes
 * live in the same turn in which it has told all that is remembered, so there is neither gap nor duplicate. It
 * buffers nothing: whoever subscribes has the socket, and cuts what is too slow.
 */

import type { Subscriber } from 'rxjs'
import type { Revision } from '../storage/storage.ts'
import type { CachedObject, CacheEvent } from './cached-object.ts'
import type { Change } from './event-ring.ts'
import type { Filter } from './filter.ts'

/** Told in one turn before others have theirs. */
const slice = 256

type State =
  | { phase: 'initial'; objects: readonly CachedObject[]; next: number }
  | { phase: 'replaying' }
  | { phase: 'live'; leave: () => void }
  | { phase: 'done' }

export interface WatcherPorts {
  /** Up to `limit` changes after a revision; throws `TooOldError`. */
  since(after: Revision, limit: number): Change[]
  /** Everything up to here has been offered to live watchers, unless one is being offered right now. */
  revision(): Revision
  offering(): boolean
  join(watcher: Watcher): () => void
}

export interface WatcherOptions {
  bookmarks: boolean
  /** Mark the end of the initial objects with a bookmark. */
  initialEventsEnd: boolean
  /** Waited for before more of the initial objects and the replay is told: until the reader has room. */
  drained?: () => Promise<void> | undefined
  /** Called when it goes live. */
  begun?: () => void
}

export class Watcher {
  #state: State
  /** Everything up to here has been told. */
  #position: Revision
  readonly #filter: Filter
  readonly #options: WatcherOptions
  readonly #ports: WatcherPorts
  readonly #subscriber: Subscriber<CacheEvent>
  #bookmarked: Revision

  constructor(
    subscriber: Subscriber<CacheEvent>,
    filter: Filter,
    options: WatcherOptions,
    ports: WatcherPorts,
    start: { after: Revision; initial?: readonly CachedObject[] },
  ) {
    this.#subscriber = subscriber
    this.#filter = filter
    this.#options = options
    this.#ports = ports
    this.#position = start.after
    this.#bookmarked = start.after
    this.#state = start.initial
      ? { phase: 'initial', objects: start.initial, next: 0 }
      : { phase: 'replaying' }
  }

  /** Tells slice after slice until it is live. */
  run(): void {
    const state = this.#state
    if (state.phase === 'initial') this.#tellObjects(state)
    else if (state.phase === 'replaying') this.#replay()
  }

  #tellObjects(state: State & { phase: 'initial' }): void {
    const end = Math.min(state.next + slice, state.objects.length)
    while (state.next < end && this.#state === state) {
      const object = state.objects[state.next++] as CachedObject
      this.#subscriber.next({ type: 'ADDED', object })
      if (state.next < end && this.#waits()) return
    }
    if (this.#state !== state) return
    const short = state.next === state.objects.length
    if (short) {
      this.#state = { phase: 'replaying' }
      if (this.#options.initialEventsEnd)
        this.#subscriber.next({
          type: 'BOOKMARK',
          revision: this.#position,
          initialEventsEnd: true,
        })
    }
    this.#goOn(short)
  }

  #replay(): void {
    let changes: Change[]
    try {
      changes = this.#ports.since(this.#position, slice)
    } catch (error) {
      this.#subscriber.error(error)
      return
    }
    for (const change of changes) {
      if (this.#state.phase !== 'replaying') return
      this.#tell(change)
      if (change !== changes.at(-1) && this.#waits()) return
    }
    if (this.#state.phase !== 'replaying') return
    if (changes.length === slice) {
      this.#goOn(false)
      return
    }
    this.#state = { phase: 'live', leave: this.#ports.join(this) }
    this.#options.begun?.()
  }

  /** @param short nothing is left of this phase, so the next may begin in the same turn. */
  #goOn(short: boolean): void {
    if (this.#waits()) return
    if (short) this.run()
    else setImmediate(() => this.run())
  }

  /** Whether the reader has no room: it goes on from here when there is some, with one at least. */
  #waits(): boolean {
    const drained = this.#options.drained?.()
    drained?.then(
      () => this.run(),
      (error) => this.#subscriber.error(error),
    )
    return drained !== undefined
  }

  offer(change: Change): void {
    if (this.#state.phase === 'live') this.#tell(change)
  }

  #tell(change: Change): void {
    if (change.revision <= this.#position) return
    this.#position = change.revision
    const type = this.#filter.typeOf(change)
    if (type) this.#subscriber.next(change.event(type))
  }

  /** Tells how far it is, if that is news. Never further than what it has told. */
  bookmark(): void {
    if (!this.#options.bookmarks || this.#state.phase !== 'live') return
    const told = this.#ports.offering()
      ? this.#position
      : Math.max(this.#position, this.#ports.revision())
    if (told <= this.#bookmarked) return
    this.#bookmarked = told
    this.#subscriber.next({ type: 'BOOKMARK', revision: told })
  }

  /** The last words before the time is up. */
  finish(): void {
    this.bookmark()
    this.#subscriber.complete()
  }

  fail(error: unknown): void {
    this.#subscriber.error(error)
  }

  stop(): void {
    if (this.#state.phase === 'live') this.#state.leave()
    this.#state = { phase: 'done' }
  }
}
