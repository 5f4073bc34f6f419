/**
 * Where the SQLite store's writes go: a worker thread for a file, this thread for memory. Both give outcomes in the
 * order of the writes, whole transactions at a time.
 */

import { Worker } from 'node:worker_threads'
import { memory, type Outcome, SqliteDatabase } from './sqlite-database.ts'
import {
  type FromWriter,
  packWrites,
  type ToWriter,
  transfers,
  unpackOutcomes,
} from './sqlite-message.ts'
import {
  FutureRevisionError,
  type Revision,
  StorageUnavailableError,
  type Write,
} from './storage.ts'

/** Called once for each transaction, in order, with the outcomes of the oldest writes not yet answered. */
export interface WriterEvents {
  written(outcomes: Outcome[]): void
  failed(writes: number, error: StorageUnavailableError): void
  /** Nothing will be answered any more. */
  broken(error: StorageUnavailableError): void
}

export interface SqliteWriter {
  readonly revision: Revision
  write(writes: readonly Write[]): void
  compact(revision: Revision): Promise<void>
  close(): Promise<void>
}

/** Writes to a database of this thread; what is given at once is one transaction. */
export function memoryWriter(database: SqliteDatabase, events: () => WriterEvents): SqliteWriter {
  return {
    revision: database.revision(),
    write(writes) {
      let outcomes: Outcome[]
      try {
        outcomes = database.apply(writes)
      } catch (error) {
        events().failed(writes.length, unavailable((error as Error).message))
        return
      }
      events().written(outcomes)
    },
    async compact(revision) {
      database.forget(revision)
      while (database.purge());
    },
    async close() {
      database.close()
    },
  }
}

const unavailable = (message: string) => new StorageUnavailableError(`sqlite: ${message}`)

interface Waiting {
  resolve(): void
  reject(error: Error): void
}

export class ThreadWriter implements SqliteWriter {
  readonly #worker: Worker
  readonly #events: () => WriterEvents
  /** The keys of the writes not yet answered, oldest first. */
  #keys: string[] = []
  readonly #compactions: Waiting[] = []
  #closing: Waiting | undefined
  #broken: StorageUnavailableError | undefined
  revision: Revision = 0

  private constructor(file: string, maxBytes: number, events: () => WriterEvents) {
    this.#events = events
    this.#worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: { file, maxBytes },
      // Of the process's own options some (`--input-type`) would keep a worker from starting.
      execArgv: [],
    })
  }

  static async start(
    file: string,
    maxBytes: number,
    events: () => WriterEvents,
  ): Promise<ThreadWriter> {
    const writer = new ThreadWriter(file, maxBytes, events)
    const worker = writer.#worker
    writer.revision = await new Promise<Revision>((resolve, reject) => {
      worker.once('message', (message: FromWriter) => {
        if (message.type === 'open') resolve(message.revision)
      })
      worker.once('error', reject)
    })
    worker.removeAllListeners('error')
    worker.on('message', (message: FromWriter) => writer.#receive(message))
    worker.on('error', (error) => writer.#break((error as Error).message))
    worker.on('exit', () => writer.#break('the writer thread has ended'))
    return writer
  }

  write(writes: readonly Write[]): void {
    const packed = packWrites(writes)
    const keys = writes.map(({ key }) => key)
    this.#keys = this.#keys.length === 0 ? keys : this.#keys.concat(keys)
    this.#post({ type: 'write', keys, packed }, transfers(packed))
  }

  compact(revision: Revision): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken)
      this.#compactions.push({ resolve, reject })
      this.#post({ type: 'compact', revision })
    })
  }

  async close(): Promise<void> {
    if (this.#broken) return
    await new Promise<void>((resolve, reject) => {
      this.#closing = { resolve, reject }
      this.#post({ type: 'close' })
    })
    await this.#worker.terminate()
  }

  #post(message: ToWriter, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
  }

  #receive(message: FromWriter): void {
    switch (message.type) {
      case 'open':
        break
      case 'written': {
        const outcomes = unpackOutcomes(message.packed, (index) => this.#keys[index] ?? '')
        this.#keys = this.#keys.slice(outcomes.length)
        this.#events().written(outcomes)
        break
      }
      case 'failed':
        if (message.fatal) this.#break(message.message)
        this.#keys = this.#keys.slice(message.writes)
        this.#events().failed(message.writes, unavailable(message.message))
        break
      case 'compacted':
        this.#compactions.shift()?.resolve()
        break
      case 'future':
        this.#compactions
          .shift()
          ?.reject(new FutureRevisionError(message.requested, message.current))
        break
      case 'not-compacted':
        this.#compactions.shift()?.reject(unavailable(message.message))
        if (message.fatal) this.#break(message.message)
        break
      case 'closed':
        this.#broken = unavailable('closed')
        this.#closing?.resolve()
        break
      default:
        message satisfies never
    }
  }

  #break(reason: string): void {
    if (this.#broken) return
    this.#broken = unavailable(reason)
    for (const waiting of this.#compactions.splice(0)) waiting.reject(this.#broken)
    this.#closing?.resolve()
    this.#events().broken(this.#broken)
  }
}

export async function startWriter(
  file: string,
  maxBytes: number,
  events: () => WriterEvents,
): Promise<{ writer: SqliteWriter; database: SqliteDatabase }> {
  if (file === memory) {
    const database = SqliteDatabase.open(file, maxBytes)
    return { writer: memoryWriter(database, events), database }
  }
  const writer = await ThreadWriter.start(file, maxBytes, events)
  return { writer, database: SqliteDatabase.openReader(file) }
}
