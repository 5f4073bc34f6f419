/**
 * The synchronous heart of the SQLite store: schema, compare-and-set in one transaction, reads of the present and
 * the past, compaction in slices. It knows no threads and no watchers; whoever calls it decides where it blocks.
 *
 * `history` holds every kept version once, with its note; `current` points to the newest of each key. A row without a
 * value is a tombstone. Revision 1 is the empty store, so that no list ever reports revision 0.
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { prefixEnd, rangeEnd } from './key-order.ts'
import {
  CompactedError,
  type Entry,
  FutureRevisionError,
  type RangeOptions,
  type RangeResult,
  type Revision,
  type StorageEvent,
  type Write,
} from './storage.ts'

/** 2 since writes have notes. */
const format = 2

/** What became of one write: what watchers need besides the value that the caller still has. */
export type Outcome =
  | { ok: true; revision: Revision; created: Revision; previous: Entry | undefined }
  | { ok: false; revision: Revision; current: Entry | undefined }

const schema = `
  CREATE TABLE IF NOT EXISTS history (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    created INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    value BLOB,
    note BLOB
  ) STRICT;
  CREATE INDEX IF NOT EXISTS history_by_key ON history (key, revision);
  CREATE TABLE IF NOT EXISTS current (
    key TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS marks (
    name TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO marks VALUES ('format', ${format}), ('compacted', 0), ('purged', 0);
  INSERT INTO history (revision, key, created, previous)
    SELECT 1, '', 0, 0 WHERE NOT EXISTS (SELECT 1 FROM history);
`

/** Of a range of keys, as far as was looked for them. */
export interface Events {
  events: StorageEvent[]
  /** There are no others up to here. */
  reached: Revision
}

/** Writes of some keys are looked for among so many revisions at once. */
const mostRevisions = 2_000

/** How many revisions one slice of a compaction looks at. */
const purgeSlice = 500

type Row = [key: string, revision: number, created: number, value: Uint8Array]

export const memory = ':memory:'

/** A transaction's size: more would gain little, and its events are told in one turn of the event loop. */
export const maxWritesAtOnce = 64

/** After such an error nobody knows what is on the disk: the store must be opened anew before it takes a write. */
export function isFatal(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0
  return [10 /* IOERR */, 11 /* CORRUPT */, 26 /* NOTADB */].includes(code & 0xff)
}

export class SqliteDatabase {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(database: DatabaseSync) {
    this.#database = database
  }

  /**
   * Opens for reading and writing, making the schema. A file is in WAL mode, every commit synced.
   * @param maxBytes writes beyond this size of the file fail with SQLITE_FULL.
   */
  static open(file: string, maxBytes: number): SqliteDatabase {
    const database = new DatabaseSync(file, { timeout: 10_000 })
    if (file !== memory) database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY')
    const opened = new SqliteDatabase(database)
    opened.#prepare(file)
    const pageSize = Number(opened.#statement('PRAGMA page_size').get()?.page_size)
    database.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageSize)}`)
    return opened
  }

  /** A connection that only reads a file that is open for writing elsewhere in this process. */
  static openReader(file: string): SqliteDatabase {
    return new SqliteDatabase(new DatabaseSync(file, { readOnly: true, timeout: 10_000 }))
  }

  /** Makes the schema, or brings an older one up to date; a newer one stays as it is. */
  #prepare(file: string): void {
    this.#database.exec(`BEGIN IMMEDIATE; ${schema}`)
    const found = this.#mark('format')
    if (found === 1)
      this.#database.exec(`
        ALTER TABLE history ADD COLUMN note BLOB;
        UPDATE marks SET revision = ${format} WHERE name = 'format'`)
    else if (found !== format) {
      this.#database.close()
      throw new Error(
        `${file} has format ${found}, this version knows ${format}; use the one that wrote it`,
      )
    }
    this.#database.exec('COMMIT')
  }

  close(): void {
    this.#database.close()
  }

  revision(): Revision {
    return this.#number('SELECT max(revision) FROM history')
  }

  /** Reads from before this revision fail. */
  compacted(): Revision {
    return this.#mark('compacted')
  }

  get(key: string): { entry: Entry | undefined; revision: Revision } {
    return this.#reading(() => ({ entry: this.#find(key), revision: this.revision() }))
  }

  /** Runs `work` on one unchanging state. */
  #reading<T>(work: () => T): T {
    this.begin()
    try {
      return work()
    } finally {
      this.end()
    }
  }

  /** Starts reading one unchanging state; `end` must follow. */
  begin(): void {
    this.#database.exec('BEGIN')
  }

  end(): void {
    this.#database.exec('COMMIT')
  }

  /** Applies all of them in one durable transaction, in order, or throws and has applied none. */
  apply(writes: readonly Write[]): Outcome[] {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      let revision = this.revision()
      const outcomes = writes.map((write) => {
        const outcome = this.#apply(write, revision)
        revision = outcome.revision
        return outcome
      })
      this.#database.exec('COMMIT')
      return outcomes
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #apply(write: Write, revision: Revision): Outcome {
    const previous = this.#find(write.key)
    const nothingToDelete = write.value === undefined && !previous
    if ((previous?.modified ?? 0) !== write.expect || nothingToDelete)
      return { ok: false, revision, current: previous }
    const next = revision + 1
    const created = previous?.created ?? next
    this.#run(
      'INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)',
      next,
      write.key,
      created,
      previous?.modified ?? 0,
      write.value ?? null,
      write.note ?? null,
    )
    if (write.value) this.#run('INSERT OR REPLACE INTO current VALUES (?, ?)', write.key, next)
    else this.#run('DELETE FROM current WHERE key = ?', write.key)
    return { ok: true, revision: next, created, previous }
  }

  #find(key: string): Entry | undefined {
    const row = this.#statement(
      `SELECT c.key, c.revision, h.created, h.value
       FROM current c JOIN history h ON h.revision = c.revision WHERE c.key = ?`,
    ).get(key) as Row | undefined
    return row && entryOf(row)
  }

  /**
   * Yields the entries of a range one by one; returns revision and what remains. Between `begin` and `end` only.
   * @throws CompactedError, FutureRevisionError
   */
  *range(prefix: string, options: RangeOptions): Generator<Entry, Omit<RangeResult, 'entries'>> {
    const current = this.revision()
    const revision = options.revision ?? current
    this.#mustBeKept(revision, current)
    if (options.exact && revision !== current) {
      const row = this.#statement(pastVersion).get(prefix, options.after ?? '', revision)
      if (row && (row as unknown as Row)[3] !== null) yield entryOf(row as unknown as Row)
      return { revision, remaining: 0 }
    }
    const { select, count: countRest } = revision === current ? present : past
    const bounds = (after: string | undefined): SQLInputValue[] => [
      prefix,
      rangeEnd(prefix, options.exact),
      after ?? '',
      ...(revision === current ? [] : [revision]),
    ]
    const limit = options.limit ?? Number.MAX_SAFE_INTEGER
    let last = options.after
    let count = 0
    const rows = this.#fresh(select).iterate(...bounds(last), limit)
    for (const row of rows) {
      const entry = entryOf(row as unknown as Row)
      last = entry.key
      count++
      yield entry
    }
    if (count < limit) return { revision, remaining: 0 }
    return { revision, remaining: options.uncounted ? 1 : this.#number(countRest, ...bounds(last)) }
  }

  #mustBeKept(revision: Revision, current: Revision): void {
    if (revision > current) throw new FutureRevisionError(revision, current)
    const compacted = this.compacted()
    if (revision < compacted) throw new CompactedError(revision, compacted)
  }

  /** @throws CompactedError, FutureRevisionError */
  note(key: string, revision: Revision): Buffer | undefined {
    return this.#reading(() => {
      this.#mustBeKept(revision, this.revision())
      const row = this.#statement('SELECT note FROM history WHERE revision = ? AND key = ?')
      const [note] = (row.get(revision, key) ?? []) as unknown as [note?: Uint8Array | null]
      return note ? bufferOf(note) : undefined
    })
  }

  /**
   * Writes under `prefix` with `after < revision <= until`, in order, with their notes: no more than `limit`, and no more
   * than is quickly found. Of one key all are found by its index.
   * @throws CompactedError
   */
  events({ prefix, exact, after, until, limit }: EventsWish): Events {
    return this.#reading(() => {
      const compacted = this.compacted()
      if (after < compacted) throw new CompactedError(after, compacted)
      const end = exact ? until : Math.min(until, after + mostRevisions)
      const rows = exact
        ? this.#statement(eventsOfKey).all(prefix, after, end, limit)
        : this.#statement(eventsOfRange).all(prefix, prefixEnd(prefix), after, end, limit)
      const events = rows.map((row) => eventOf(row as unknown as EventRow))
      const last = (rows as unknown as EventRow[]).at(-1)?.[1] ?? end
      return { events, reached: Math.max(after, events.length < limit ? end : last) }
    })
  }

  /**
   * Makes everything before `revision` unreadable; `purge` then gives the space back. Less than before does nothing.
   * @throws FutureRevisionError
   */
  forget(revision: Revision): void {
    const current = this.revision()
    if (revision > current) throw new FutureRevisionError(revision, current)
    this.#run(`UPDATE marks SET revision = max(revision, ?) WHERE name = 'compacted'`, revision)
  }

  /** Removes one slice of what was forgotten; returns whether more is left. */
  purge(): boolean {
    const from = this.#mark('purged')
    const compacted = this.compacted()
    if (from >= compacted) return false
    const to = Math.min(from + purgeSlice, compacted)
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      this.#run(
        `DELETE FROM history WHERE revision IN
         (SELECT previous FROM history WHERE revision > ? AND revision <= ? AND previous > 0)`,
        from,
        to,
      )
      // The one at the edge stays even as a tombstone: it has a note, and it may be the newest, the store's counter.
      this.#run(
        'DELETE FROM history WHERE revision >= ? AND revision < ? AND value IS NULL',
        from,
        to,
      )
      this.#run(`UPDATE marks SET revision = ? WHERE name = 'purged'`, to)
      this.#database.exec('COMMIT')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
    return to < compacted
  }

  #mark(name: string): Revision {
    return this.#number('SELECT revision FROM marks WHERE name = ?', name)
  }

  #number(sql: string, ...values: SQLInputValue[]): number {
    const row = this.#statement(sql).get(...values) as unknown as [number]
    return row[0]
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#statement(sql).run(...values)
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#fresh(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** A statement of its own, for iterations that others of the same text may overlap. */
  #fresh(sql: string): StatementSync {
    const statement = this.#database.prepare(sql)
    if (!sql.startsWith('PRAGMA')) statement.setReturnArrays(true)
    return statement
  }
}

const keysInRange = 'key >= ?1 AND key < ?2 AND key > ?3'

const present = {
  select: `
    SELECT c.key, c.revision, h.created, h.value
    FROM current c JOIN history h ON h.revision = c.revision
    WHERE c.key >= ?1 AND c.key < ?2 AND c.key > ?3 ORDER BY c.key LIMIT ?4`,
  count: `SELECT count(*) FROM current WHERE ${keysInRange}`,
}

const past = {
  // SQLite takes the bare columns of a group from the row that has the maximum.
  select: `
    SELECT key, max(revision), created, value FROM history
    WHERE ${keysInRange} AND revision <= ?4
    GROUP BY key HAVING value IS NOT NULL ORDER BY key LIMIT ?5`,
  // The index alone says which versions there are: only one of each key is looked at.
  count: `
    SELECT count(*) FROM
      (SELECT max(revision) AS revision FROM history
       WHERE ${keysInRange} AND revision <= ?4 GROUP BY key) v
      CROSS JOIN history h ON h.revision = v.revision
    WHERE h.value IS NOT NULL`,
}

const pastVersion = `
  SELECT key, revision, created, value FROM history
  WHERE key = ?1 AND key > ?2 AND revision <= ?3 ORDER BY revision DESC LIMIT 1`

const events = `
  SELECT h.key, h.revision, h.created, h.value, p.revision, p.created, p.value, h.note
  FROM history h LEFT JOIN history p ON p.revision = h.previous AND h.previous > 0`

const eventsOfRange = `${events}
  WHERE h.key >= ?1 AND h.key < ?2 AND h.key <> '' AND h.revision > ?3 AND h.revision <= ?4
  ORDER BY h.revision LIMIT ?5`

const eventsOfKey = `${events}
  WHERE h.key = ?1 AND h.revision > ?2 AND h.revision <= ?3
  ORDER BY h.revision LIMIT ?4`

interface EventsWish {
  prefix: string
  /** That key alone. */
  exact: boolean
  after: Revision
  until: Revision
  limit: number
}

type EventRow = [
  key: string,
  revision: number,
  created: number,
  value: Uint8Array | null,
  previousRevision: number | null,
  previousCreated: number | null,
  previousValue: Uint8Array | null,
  note: Uint8Array | null,
]

function eventOf(row: EventRow): StorageEvent {
  const [key, revision, created, value, oldRevision, oldCreated, oldValue, noted] = row
  const note = noted ? { note: bufferOf(noted) } : {}
  const previous =
    oldRevision !== null && oldCreated !== null && oldValue !== null
      ? entryOf([key, oldRevision, oldCreated, oldValue])
      : undefined
  if (value !== null)
    return { type: 'put', entry: entryOf([key, revision, created, value]), previous, ...note }
  if (!previous) throw new Error(`the store is damaged: nothing precedes the delete at ${revision}`)
  return { type: 'delete', key, revision, previous, ...note }
}

function entryOf([key, modified, created, value]: Row): Entry {
  return { key, value: bufferOf(value), created, modified }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
