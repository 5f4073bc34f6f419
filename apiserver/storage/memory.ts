/**
 * A store in memory, for tests and Worlds only: nothing outlives the process, and no server that people rely on offers
 * it. A write is applied and told to watchers before `write` returns; no timer, thread or turn of the event loop is
 * involved, so that the same calls always have the same results in the same order. It begins empty or as a snapshot,
 * whose entries all stores begun from it share.
 */

import type { Subscriber } from 'rxjs'
import { Observable } from 'rxjs/internal/Observable'
import { compareKeys, isInRange } from './key-order.ts'
import { withoutNote } from './notes.ts'
import {
  CompactedError,
  type Entry,
  FutureRevisionError,
  type RangeOptions,
  type RangeResult,
  type Revision,
  type Storage,
  type StorageEvent,
  StorageUnavailableError,
  type StorageWatchOptions,
  ValueTooLargeError,
  type WatchBatch,
  type Write,
  type WriteResult,
} from './storage.ts'

/** All entries of one revision, in key order. It never changes and is shared as it is. */
export interface Snapshot {
  readonly revision: Revision
  readonly entries: readonly Entry[]
}

const emptyStore: Snapshot = { revision: 1, entries: [] }

/** The largest value taken, as etcd has it. */
const maxValueBytes = 1.5 * 2 ** 20
/** Writes remembered; when there are more, the older half is forgotten as if it had been compacted. */
const maxHistory = 100_000
/** Keys and values kept, those of the past not counted; writes beyond fail. */
const maxBytes = 1 << 30
/** History handed to a watcher in one go. */
const catchUpEvents = 256

export class MemoryStorage implements Storage {
  /** In key order. */
  readonly #keys: string[]
  readonly #entries: Map<string, Entry>
  /** Every write after `#compacted`, in order; each has the revision that follows that of the one before. */
  #history: StorageEvent[] = []
  #compacted: Revision
  /** The write that made `#compacted`. */
  #edge: StorageEvent | undefined
  #revision: Revision
  #bytes = 0
  readonly #watchers = new Set<Watcher>()
  /** Applied and not yet told: a watcher that writes has its write told after the one that it hears of. */
  readonly #untold: StorageEvent[] = []
  #telling = false
  #closed = false

  constructor({ revision, entries }: Snapshot = emptyStore) {
    this.#revision = revision
    this.#compacted = revision
    this.#keys = entries.map(({ key }) => key)
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]))
    for (const { key, value } of entries) this.#bytes += key.length + value.length
  }

  /** What is there now, to begin other stores with. */
  snapshot(): Snapshot {
    return { revision: this.#revision, entries: this.#keys.map((key) => this.#known(key)) }
  }

  async get(key: string) {
    this.#mustWork()
    return { entry: this.#entries.get(key), revision: this.#revision }
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    this.#mustWork()
    const {
      after = '',
      limit = Number.POSITIVE_INFINITY,
      revision = this.#revision,
      exact,
    } = options
    this.#mustBeKept(revision)
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision)
    const found =
      revision === this.#revision
        ? this.#present(prefix, after)
        : this.#past(prefix, after, revision)
    const wanted = exact ? found.filter(({ key }) => key === prefix) : found
    const entries = wanted.slice(0, limit)
    return { entries, revision, remaining: wanted.length - entries.length }
  }

  async revision(): Promise<Revision> {
    this.#mustWork()
    return this.#revision
  }

  async write(write: Write): Promise<WriteResult> {
    this.#mustWork()
    const { key, value, expect } = write
    const size = value?.length ?? 0
    if (size > maxValueBytes) throw new ValueTooLargeError(size, maxValueBytes)
    const previous = this.#entries.get(key)
    if ((previous?.modified ?? 0) !== expect || (!value && !previous))
      return { ok: false, revision: this.#revision, current: previous }
    if (value && this.#bytes + key.length + size > maxBytes)
      throw new StorageUnavailableError(`memory: the store would be larger than ${maxBytes} bytes`)
    const event = eventOf(write, previous, this.#revision + 1)
    this.#apply(event)
    this.#tell(event)
    return { ok: true, revision: revisionOf(event) }
  }

  async note(key: string, revision: Revision): Promise<Buffer | undefined> {
    this.#mustWork()
    this.#mustBeKept(revision)
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision)
    const event = this.#event(revision)
    return event && keyOf(event) === key ? event.note : undefined
  }

  async oldest(): Promise<Revision> {
    this.#mustWork()
    return this.#compacted
  }

  watch(
    prefix: string,
    after: Revision,
    { notes = false, exact = false }: StorageWatchOptions = {},
  ): Observable<WatchBatch> {
    return new Observable((subscriber) => {
      if (this.#closed) return subscriber.error(closed())
      if (after < this.#compacted)
        return subscriber.error(new CompactedError(after, this.#compacted))
      const watcher = { prefix, exact, notes, position: after, subscriber }
      this.#catchUp(watcher)
      this.#watchers.add(watcher)
      return () => this.#watchers.delete(watcher)
    })
  }

  async compact(revision: Revision): Promise<void> {
    this.#mustWork()
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision)
    this.#forget(revision)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const { subscriber } of [...this.#watchers]) subscriber.error(closed())
  }

  #mustWork(): void {
    if (this.#closed) throw closed()
  }

  #mustBeKept(revision: Revision): void {
    if (revision < this.#compacted) throw new CompactedError(revision, this.#compacted)
  }

  // Reading

  #known(key: string): Entry {
    const entry = this.#entries.get(key)
    if (!entry) throw new Error(`the store has lost ${key}`)
    return entry
  }

  /** The place of a key in the order, or where it would be. */
  #place(key: string): number {
    let from = 0
    let to = this.#keys.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (compareKeys(this.#keys[middle] ?? '', key) < 0) from = middle + 1
      else to = middle
    }
    return from
  }

  #present(prefix: string, after: string): Entry[] {
    const found: Entry[] = []
    const begin = Math.max(this.#place(prefix), this.#place(after))
    for (let at = begin; at < this.#keys.length; at++) {
      const key = this.#keys[at] ?? ''
      if (!key.startsWith(prefix)) break
      if (compareKeys(key, after) > 0) found.push(this.#known(key))
    }
    return found
  }

  /** The present without what happened since: of each key the first write since then says what was before. */
  #past(prefix: string, after: string, revision: Revision): Entry[] {
    const found = new Map(this.#present(prefix, after).map((entry) => [entry.key, entry]))
    for (const event of this.#since(revision).reverse()) {
      const key = keyOf(event)
      if (!key.startsWith(prefix) || compareKeys(key, after) <= 0) continue
      if (event.previous) found.set(key, event.previous)
      else found.delete(key)
    }
    return [...found.values()].sort((a, b) => compareKeys(a.key, b.key))
  }

  #since(revision: Revision): StorageEvent[] {
    return this.#history.slice(Math.max(0, revision - this.#compacted))
  }

  #event(revision: Revision): StorageEvent | undefined {
    return revision === this.#compacted ? this.#edge : this.#history[revision - this.#compacted - 1]
  }

  // Writing

  #apply(event: StorageEvent): void {
    const key = keyOf(event)
    const { previous } = event
    if (previous) this.#bytes -= key.length + previous.value.length
    if (event.type === 'put') {
      if (!previous) this.#keys.splice(this.#place(key), 0, key)
      this.#entries.set(key, event.entry)
      this.#bytes += key.length + event.entry.value.length
    } else {
      this.#keys.splice(this.#place(key), 1)
      this.#entries.delete(key)
    }
    this.#revision = revisionOf(event)
    if (this.#history.push(event) > maxHistory) this.#forget(this.#revision - maxHistory / 2)
  }

  #forget(revision: Revision): void {
    if (revision <= this.#compacted) return
    this.#edge = this.#event(revision)
    this.#history = this.#since(revision)
    this.#compacted = revision
  }

  // Telling

  #tell(event: StorageEvent): void {
    this.#untold.push(event)
    if (this.#telling) return
    this.#telling = true
    try {
      for (let next = this.#untold.shift(); next; next = this.#untold.shift()) {
        const told = next
        for (const watcher of this.#watchers) offer(watcher, [told], revisionOf(told))
      }
    } finally {
      this.#telling = false
    }
  }

  #catchUp(watcher: Watcher): void {
    while (watcher.position < this.#revision && !watcher.subscriber.closed) {
      const events = this.#since(watcher.position).slice(0, catchUpEvents)
      offer(watcher, events, watcher.position + events.length)
    }
  }
}

interface Watcher {
  prefix: string
  exact: boolean
  notes: boolean
  /** Everything up to here has been told. */
  position: Revision
  subscriber: Subscriber<WatchBatch>
}

function offer(watcher: Watcher, events: readonly StorageEvent[], revision: Revision): void {
  if (revision <= watcher.position) return
  watcher.position = revision
  const wanted = events.filter((event) => isInRange(keyOf(event), watcher.prefix, watcher.exact))
  const told = watcher.notes ? wanted : wanted.map(withoutNote)
  watcher.subscriber.next({ revision, events: told })
}

const closed = () => new StorageUnavailableError('memory: the store has been closed')

function eventOf({ key, value, note }: Write, previous: Entry | undefined, revision: Revision) {
  const event = value
    ? put({ key, value, created: previous?.created ?? revision, modified: revision }, previous)
    : deletion(key, revision, previous)
  return note ? { ...event, note } : event
}

const put = (entry: Entry, previous: Entry | undefined): StorageEvent => ({
  type: 'put',
  entry,
  previous,
})

function deletion(key: string, revision: Revision, previous: Entry | undefined): StorageEvent {
  if (!previous) throw new Error(`the delete of ${key} at ${revision} has nothing before it`)
  return { type: 'delete', key, revision, previous }
}

function revisionOf(event: StorageEvent): Revision {
  return event.type === 'put' ? event.entry.modified : event.revision
}

function keyOf(event: StorageEvent): string {
  return event.type === 'put' ? event.entry.key : event.key
}
