/**
 * The embedded store: one SQLite file, one process. Writes are grouped into durable transactions by a writer thread;
 * watchers are told in this thread, before the writer of a change hears of it. It refuses to share its file with
 * another process. `:memory:` keeps everything in this thread and forgets it on close, for tests.
 */

import { DatabaseSync } from 'node:sqlite'
import { Observable } from 'rxjs/internal/Observable'
import { isInRange } from './key-order.ts'
import { withoutNote } from './notes.ts'
import {
  type Events,
  maxWritesAtOnce,
  memory,
  type Outcome,
  type SqliteDatabase,
} from './sqlite-database.ts'
import { ReaderPool } from './sqlite-readers.ts'
import { type SqliteWriter, startWriter } from './sqlite-writer.ts'
import {
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

export interface SqliteOptions {
  /** A path, or `:memory:`. */
  file: string
  /** Writes fail once the file would be larger than this; 8 GiB unless told. */
  maxBytes?: number
  /** The largest value taken; 1.5 MiB unless told, as etcd has it. */
  maxValueBytes?: number
}

/**
 * Opens the store, making the file when it is absent.
 * @throws StorageUnavailableError when another process has the file open
 */
export async function openSqlite(options: SqliteOptions): Promise<Storage> {
  const { file, maxBytes = 8 * 2 ** 30, maxValueBytes = 1.5 * 2 ** 20 } = options
  const lock = file === memory ? undefined : lockFile(file)
  try {
    let storage: SqliteStorage
    const { writer, database } = await startWriter(file, maxBytes, () => storage)
    const readers = new ReaderPool(file, database)
    storage = new SqliteStorage(writer, database, readers, lock, maxValueBytes)
    return storage
  } catch (error) {
    lock?.close()
    throw error
  }
}

/** Held by the operating system for as long as the process lives, in a file of its own beside the store. */
function lockFile(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw new StorageUnavailableError(
      `${file} is in use by another API server; stop that one or choose another file`,
      { cause: error },
    )
  }
}

interface Pending {
  write: Write
  resolve(result: WriteResult): void
  reject(error: Error): void
}

/** Of the store without any write. */
const emptyRevision: Revision = 1
/** Writes accepted and not yet durable; beyond these the store refuses more. */
const maxPendingWrites = 20_000
const maxPendingBytes = 256 << 20
/** History handed to a watcher in one go. */
const catchUpEvents = 256

class SqliteStorage implements Storage {
  readonly #writer: SqliteWriter
  readonly #database: SqliteDatabase
  readonly #readers: ReaderPool
  readonly #lock: DatabaseSync | undefined
  readonly #maxValueBytes: number
  /** Not yet handed to the writer. */
  #queue: Pending[] = []
  /** Handed over, in order. */
  #committing: Pending[] = []
  #pendingBytes = 0
  /** Everything up to here has been told to watchers. */
  #told: Revision
  /** The newest revision that a reader has seen; it may have been committed but not yet told. */
  #seen: Revision = 0
  readonly #watchers = new Set<Watcher>()
  #broken: StorageUnavailableError | undefined

  constructor(
    writer: SqliteWriter,
    database: SqliteDatabase,
    readers: ReaderPool,
    lock: DatabaseSync | undefined,
    maxValueBytes: number,
  ) {
    this.#writer = writer
    this.#database = database
    this.#readers = readers
    this.#lock = lock
    this.#maxValueBytes = maxValueBytes
    this.#told = writer.revision
  }

  async get(key: string) {
    this.#mustWork()
    const result = this.#database.get(key)
    this.#seen = Math.max(this.#seen, result.revision)
    return result
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    this.#mustWork()
    const result = await this.#readers.range(prefix, options)
    if (options.revision === undefined) this.#seen = Math.max(this.#seen, result.revision)
    return result
  }

  async revision(): Promise<Revision> {
    this.#mustWork()
    return Math.max(this.#told, this.#seen)
  }

  async note(key: string, revision: Revision): Promise<Buffer | undefined> {
    this.#mustWork()
    return this.#database.note(key, revision)
  }

  async oldest(): Promise<Revision> {
    this.#mustWork()
    return Math.max(this.#database.compacted(), emptyRevision)
  }

  write(write: Write): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      const size = write.value?.length ?? 0
      this.#mustWork()
      if (size > this.#maxValueBytes) throw new ValueTooLargeError(size, this.#maxValueBytes)
      this.#mustHaveRoom()
      this.#pendingBytes += sizeOf(write)
      if (this.#queue.push({ write, resolve, reject }) === 1) queueMicrotask(() => this.#flush())
    })
  }

  #mustHaveRoom(): void {
    const writes = this.#queue.length + this.#committing.length
    if (writes >= maxPendingWrites || this.#pendingBytes >= maxPendingBytes)
      throw new StorageUnavailableError(`sqlite: ${writes} writes are waiting already`)
  }

  #flush(): void {
    const queue = this.#queue
    this.#queue = []
    if (this.#broken || queue.length === 0) return
    this.#committing = this.#committing.length === 0 ? queue : this.#committing.concat(queue)
    for (let at = 0; at < queue.length; at += maxWritesAtOnce)
      this.#writer.write(queue.slice(at, at + maxWritesAtOnce).map(({ write }) => write))
  }

  #take(count: number): Pending[] {
    const taken = this.#committing.slice(0, count)
    this.#committing = this.#committing.slice(count)
    for (const { write } of taken) this.#pendingBytes -= sizeOf(write)
    return taken
  }

  written(outcomes: Outcome[]): void {
    const done = this.#take(outcomes.length)
    const events: StorageEvent[] = []
    outcomes.forEach((outcome, at) => {
      const { write } = done[at] as Pending
      if (outcome.ok) events.push(eventOf(write, outcome))
    })
    this.#publish(events)
    outcomes.forEach((outcome, at) => {
      done[at]?.resolve(
        outcome.ok
          ? { ok: true, revision: outcome.revision }
          : { ok: false, revision: outcome.revision, current: outcome.current },
      )
    })
  }

  failed(writes: number, error: StorageUnavailableError): void {
    for (const { reject } of this.#take(writes)) reject(error)
  }

  broken(error: StorageUnavailableError): void {
    this.#broken = error
    const pending = [...this.#committing, ...this.#queue]
    this.#committing = []
    this.#queue = []
    for (const { reject } of pending) reject(error)
    for (const watcher of this.#watchers) watcher.fail(error)
  }

  #publish(events: StorageEvent[]): void {
    const last = events.at(-1)
    if (!last) return
    this.#told = revisionOf(last)
    for (const watcher of this.#watchers) watcher.offer(events, this.#told)
  }

  watch(
    prefix: string,
    after: Revision,
    { notes = false, exact = false }: StorageWatchOptions = {},
  ): Observable<WatchBatch> {
    return new Observable((subscriber) => {
      if (this.#broken) {
        subscriber.error(this.#broken)
        return
      }
      const watcher = new Watcher((key) => isInRange(key, prefix, exact), after, {
        next: ({ revision, events }) =>
          subscriber.next({ revision, events: notes ? events : events.map(withoutNote) }),
        error: (error) => subscriber.error(error),
        told: () => this.#told,
        history: (from, until) =>
          this.#database.events({ prefix, exact, after: from, until, limit: catchUpEvents }),
      })
      this.#watchers.add(watcher)
      watcher.catchUp()
      return () => {
        watcher.stop()
        this.#watchers.delete(watcher)
      }
    })
  }

  async compact(revision: Revision): Promise<void> {
    this.#mustWork()
    await this.#writer.compact(revision)
  }

  async close(): Promise<void> {
    if (this.#broken) return
    this.#flush()
    await this.#readers.close()
    await this.#writer.close()
    this.broken(new StorageUnavailableError('sqlite: the store has been closed'))
    this.#lock?.close()
  }

  #mustWork(): void {
    if (this.#broken) throw this.#broken
  }
}

function revisionOf(event: StorageEvent): Revision {
  return event.type === 'put' ? event.entry.modified : event.revision
}

function sizeOf({ value, note }: Write): number {
  return (value?.length ?? 0) + (note?.length ?? 0)
}

function eventOf(write: Write, outcome: Outcome & { ok: true }): StorageEvent {
  const { key, value } = write
  const { revision, created, previous } = outcome
  const note = write.note && { note: write.note }
  if (value)
    return { type: 'put', entry: { key, value, created, modified: revision }, previous, ...note }
  if (!previous) throw new Error(`the delete of ${key} at ${revision} has nothing before it`)
  return { type: 'delete', key, revision, previous, ...note }
}

interface WatcherPorts {
  next(batch: WatchBatch): void
  error(error: unknown): void
  told(): Revision
  history(after: Revision, until: Revision): Events
}

/**
 * One subscription: first the history it missed, a page a turn, then what is published. It goes live in the same
 * turn in which it has read all that was told, so nothing falls between.
 */
class Watcher {
  #state: 'behind' | 'live' | 'stopped' = 'behind'
  readonly #isWanted: (key: string) => boolean
  #position: Revision
  readonly #ports: WatcherPorts

  constructor(isWanted: (key: string) => boolean, after: Revision, ports: WatcherPorts) {
    this.#isWanted = isWanted
    this.#position = after
    this.#ports = ports
  }

  catchUp(): void {
    if (this.#state !== 'behind') return
    const until = this.#ports.told()
    let found: Events
    try {
      found = this.#ports.history(this.#position, until)
    } catch (error) {
      this.fail(error)
      return
    }
    const { events, reached } = found
    const complete = reached >= until
    if (complete) this.#state = 'live'
    if (reached > this.#position) this.#deliver(events, reached)
    if (!complete) setImmediate(() => this.catchUp())
  }

  offer(events: readonly StorageEvent[], revision: Revision): void {
    if (this.#state !== 'live' || revision <= this.#position) return
    const wanted = events.filter(
      (event) => revisionOf(event) > this.#position && this.#isWanted(keyOf(event)),
    )
    this.#deliver(wanted, revision)
  }

  #deliver(events: StorageEvent[], revision: Revision): void {
    this.#position = revision
    this.#ports.next({ revision, events })
  }

  fail(error: unknown): void {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#ports.error(error)
  }

  stop(): void {
    this.#state = 'stopped'
  }
}

function keyOf(event: StorageEvent): string {
  return event.type === 'put' ? event.entry.key : event.key
}
