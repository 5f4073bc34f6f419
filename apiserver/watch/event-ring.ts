/**
 * The changes of one resource that are still remembered, with the object before and after each, so that watchers can
 * resume and selectors can tell entering from leaving. Bounded by count, bytes and age; what is forgotten is told
 * as `TooOldError`.
 */

import type { Revision } from '../storage/storage.ts'
import type { CacheEvent, ChangeType } from './cached-object.ts'
import type { Version } from './version.ts'

/** The watch would have to start before what is remembered: the client must list again. */
export class TooOldError extends Error {
  override name = 'TooOldError'
  /** The oldest revision that a watch can start after. */
  readonly oldest: Revision
  constructor(requested: Revision, oldest: Revision) {
    super(`too old resource version: ${requested} (${oldest})`)
    this.oldest = oldest
  }
}

type ObjectEvent = Extract<CacheEvent, { type: ChangeType }>

/** One write. Its events are made when first asked for and then shared by all watchers. */
export class Change {
  readonly revision: Revision
  readonly before: Version | undefined
  readonly after: Version | undefined
  readonly #events = new Map<ChangeType, ObjectEvent>()

  constructor(revision: Revision, before: Version | undefined, after: Version | undefined) {
    this.revision = revision
    this.before = before
    this.after = after
  }

  /** DELETED is the previous content with this change's revision, also where it only left a selector. */
  event(type: ChangeType): ObjectEvent {
    let event = this.#events.get(type)
    if (!event) {
      const object = type === 'DELETED' ? this.before?.deletedAt(this.revision) : this.after
      if (!object) throw new Error(`a change at ${this.revision} cannot be told as ${type}`)
      event = this.before ? { type, object, previous: this.before } : { type, object }
      this.#events.set(type, event)
    }
    return event
  }

  /** What remembering it costs at most. */
  get size(): number {
    return (this.after ?? this.before)?.size ?? 0
  }
}

export interface RingLimits {
  events: number
  bytes: number
  ageMs: number
}

/** Stands where a forgotten change was, so that its objects can be collected. */
const gone = { change: new Change(0, undefined, undefined), at: 0 }

export class EventRing {
  readonly #limits: RingLimits
  #changes: { change: Change; at: number }[] = []
  /** The first that is still remembered; those before it are cut off now and then. */
  #head = 0
  #bytes = 0
  #oldest: Revision

  /** @param start everything up to this revision is not in the ring. */
  constructor(limits: RingLimits, start: Revision) {
    this.#limits = limits
    this.#oldest = start
  }

  /** A watch can start after this revision, or any later one. */
  get oldest(): Revision {
    return this.#oldest
  }

  get bytes(): number {
    return this.#bytes
  }

  get length(): number {
    return this.#changes.length - this.#head
  }

  /** More would soon be forgotten again. */
  get full(): boolean {
    const { events, bytes } = this.#limits
    return this.length >= 0.9 * events || this.#bytes >= 0.9 * bytes
  }

  /** @param now monotonic milliseconds */
  push(change: Change, now: number): void {
    this.#changes.push({ change, at: now })
    this.#bytes += change.size
    while (this.length > this.#limits.events || this.#bytes > this.#limits.bytes) this.evict()
    this.expire(now)
  }

  expire(now: number): void {
    for (let first = this.#changes[this.#head]; first; first = this.#changes[this.#head]) {
      if (now - first.at <= this.#limits.ageMs) return
      this.evict()
    }
  }

  /** Forgets the oldest one. */
  evict(): void {
    const first = this.#changes[this.#head]
    if (!first) return
    this.#changes[this.#head] = gone
    this.#head++
    this.#bytes -= first.change.size
    this.#oldest = first.change.revision
    if (this.#head > 1024 && this.#head * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#head)
      this.#head = 0
    }
  }

  /**
   * Up to `limit` changes after a revision, in order.
   * @throws TooOldError
   */
  since(after: Revision, limit: number): Change[] {
    if (after < this.#oldest) throw new TooOldError(after, this.#oldest)
    let low = this.#head
    let high = this.#changes.length
    while (low < high) {
      const middle = (low + high) >> 1
      const { change } = this.#changes[middle] as { change: Change }
      if (change.revision <= after) low = middle + 1
      else high = middle
    }
    return this.#changes.slice(low, low + limit).map(({ change }) => change)
  }
}
