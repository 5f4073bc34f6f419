/**
 * The storage contract: ordered keys, one revision counter, compare-and-set writes, and a watch from any
 * kept revision. It knows nothing of objects, kinds or the wire; values are opaque bytes.
 *
 * Every implementation passes `storage.cases.ts`.
 */

import type { Observable } from 'rxjs'

/** The store's counter: every successful write has its own, higher than all before. 0 is "before all". */
export type Revision = number

export interface Entry {
  key: string
  value: Buffer
  /** The revision that created the key (again, after a delete). */
  created: Revision
  /** The revision of this value. */
  modified: Revision
}

/**
 * One write as watchers see it. `previous` is the entry just before; absent on the first put of a key. `note` is what
 * was kept beside the write; only watches that ask for notes have it.
 */
export type StorageEvent =
  | { type: 'put'; entry: Entry; previous?: Entry; note?: Buffer }
  | { type: 'delete'; key: string; revision: Revision; previous: Entry; note?: Buffer }

export interface WatchBatch {
  /** Everything up to and including this revision has been delivered, under this prefix. */
  revision: Revision
  /** In revision order; may be empty, which tells progress alone. */
  events: StorageEvent[]
}

/** A compare-and-set: applied only if the key's current `modified` equals `expect` (0: the key is absent). */
export interface Write {
  key: string
  /** The new value; `undefined` deletes. */
  value: Buffer | undefined
  expect: Revision
  /**
   * Kept beside the write, of a delete too, with the same durability, for as long as history holds the revision; no part
   * of the value, and of no range. Small: some hundred bytes.
   */
  note?: Buffer
}

export interface StorageWatchOptions {
  /** The key that the prefix is, and none that begins with it. */
  exact?: boolean
  /** Events carry the notes of their writes. Costs the store more to tell. */
  notes?: boolean
}

export type WriteResult =
  | { ok: true; revision: Revision }
  /** Nothing was written. `current` is the entry that stood in the way. */
  | { ok: false; revision: Revision; current: Entry | undefined }

export interface RangeOptions {
  /** The key that the prefix is, and none that begins with it. */
  exact?: boolean
  /** Start after this key (exclusive). */
  after?: string
  /** At most this many entries; unlimited without it. */
  limit?: number
  /** Read as of this past revision; a current, linearizable read without it. */
  revision?: Revision
  /** What remains is not counted, which may take long: `remaining` is 0 where there is none, and else whatever. */
  uncounted?: boolean
}

export interface RangeResult {
  entries: Entry[]
  /** The revision that was read. */
  revision: Revision
  /** Keys under the prefix after the last entry returned. */
  remaining: number
}

export interface Storage {
  /** A linearizable read of one key; `entry` is `undefined` when it is absent. */
  get(key: string): Promise<{ entry: Entry | undefined; revision: Revision }>
  /**
   * Keys starting with `prefix`, in byte order.
   * @throws CompactedError, FutureRevisionError
   */
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>
  /**
   * One atomic compare-and-set. When this resolves with `ok`, the write is durable. A delete with `expect` 0 never
   * succeeds: there is nothing to delete.
   * @throws ValueTooLargeError when nothing was written, StorageUnavailableError when it may have been
   */
  write(write: Write): Promise<WriteResult>
  /**
   * The note of the write that made a revision; `undefined` where it had none, or where the revision is of another key.
   * @throws CompactedError, FutureRevisionError
   */
  note(key: string, revision: Revision): Promise<Buffer | undefined>
  /** The oldest revision that can still be read: the edge of history. */
  oldest(): Promise<Revision>
  /** The revision of the newest write anyone was told of before this call; linearizable. */
  revision(): Promise<Revision>
  /**
   * Every write under `prefix` with a revision greater than `after`, in order, without gap or duplicate.
   * Errors with `CompactedError` when `after` is no longer kept, with `StorageUnavailableError` when the
   * connection breaks; it does not resume by itself: the subscriber knows its revision and subscribes again.
   */
  watch(prefix: string, after: Revision, options?: StorageWatchOptions): Observable<WatchBatch>
  /**
   * Forgets all history before `revision`; reads and watches from earlier then fail. Does nothing where more has been
   * forgotten already.
   * @throws FutureRevisionError
   */
  compact(revision: Revision): Promise<void>
  close(): Promise<void>
}

export class CompactedError extends Error {
  override name = 'CompactedError'
  /** The oldest revision that can still be read. */
  readonly oldest: Revision
  constructor(requested: Revision, oldest: Revision) {
    super(`revision ${requested} has been compacted; the oldest one kept is ${oldest}`)
    this.oldest = oldest
  }
}

export class FutureRevisionError extends Error {
  override name = 'FutureRevisionError'
  readonly current: Revision
  constructor(requested: Revision, current: Revision) {
    super(`revision ${requested} is in the future; the current one is ${current}`)
    this.current = current
  }
}

/** The store cannot be reached or cannot make progress. A write that fails so may have been applied. */
export class StorageUnavailableError extends Error {
  override name = 'StorageUnavailableError'
}

/** The store does not take values of this size; nothing was written. */
export class ValueTooLargeError extends Error {
  override name = 'ValueTooLargeError'
  constructor(bytes: number, limit: number) {
    super(`the value has ${bytes} bytes; the store takes at most ${limit}`)
  }
}
