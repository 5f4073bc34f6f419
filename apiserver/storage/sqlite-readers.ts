/**
 * Ranges over the SQLite store that never hold the event loop: each has a connection, and with it an unchanging
 * state, of its own, and reads a slice a turn. In memory there is one connection for all, so a range is one step.
 */

import { memory, SqliteDatabase } from './sqlite-database.ts'
import {
  type Entry,
  type RangeOptions,
  type RangeResult,
  StorageUnavailableError,
} from './storage.ts'

/** Ranges at the same time; more wait for their turn. */
const maxConnections = 4
/** What one turn reads: whichever comes first. */
const sliceEntries = 512
const sliceBytes = 2 << 20

export class ReaderPool {
  readonly #file: string
  readonly #shared: SqliteDatabase
  readonly #idle: SqliteDatabase[] = []
  #connections = 0
  #waiting: { resolve(database: SqliteDatabase): void; reject(error: Error): void }[] = []
  #busy = new Set<Promise<unknown>>()
  #closed = false

  constructor(file: string, shared: SqliteDatabase) {
    this.#file = file
    this.#shared = shared
  }

  async range(prefix: string, options: RangeOptions): Promise<RangeResult> {
    if (this.#file === memory) return readAtOnce(this.#shared, prefix, options)
    const reading = this.#range(prefix, options)
    this.#busy.add(reading)
    try {
      return await reading
    } finally {
      this.#busy.delete(reading)
    }
  }

  async #range(prefix: string, options: RangeOptions): Promise<RangeResult> {
    const database = await this.#connection()
    try {
      return await readInSlices(database, prefix, options)
    } finally {
      this.#release(database)
    }
  }

  #connection(): Promise<SqliteDatabase> | SqliteDatabase {
    if (this.#closed) throw new StorageUnavailableError('sqlite: the store has been closed')
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.#connections < maxConnections) {
      this.#connections++
      return SqliteDatabase.openReader(this.#file)
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #release(database: SqliteDatabase): void {
    const next = this.#waiting.shift()
    if (next) next.resolve(database)
    else this.#idle.push(database)
  }

  async close(): Promise<void> {
    this.#closed = true
    const error = new StorageUnavailableError('sqlite: the store has been closed')
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    await Promise.allSettled(this.#busy)
    for (const database of this.#idle.splice(0)) database.close()
    if (this.#file !== memory) this.#shared.close()
  }
}

function readAtOnce(database: SqliteDatabase, prefix: string, options: RangeOptions): RangeResult {
  database.begin()
  try {
    const entries: Entry[] = []
    const rows = database.range(prefix, options)
    let row = rows.next()
    for (; !row.done; row = rows.next()) entries.push(row.value)
    return { entries, ...row.value }
  } finally {
    database.end()
  }
}

async function readInSlices(
  database: SqliteDatabase,
  prefix: string,
  options: RangeOptions,
): Promise<RangeResult> {
  database.begin()
  try {
    const entries: Entry[] = []
    const rows = database.range(prefix, options)
    let bytes = 0
    let row = rows.next()
    for (; !row.done; row = rows.next()) {
      entries.push(row.value)
      bytes += row.value.value.length
      if (entries.length % sliceEntries === 0 || bytes >= sliceBytes) {
        bytes = 0
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    return { entries, ...row.value }
  } finally {
    database.end()
  }
}
