/**
 * The SQLite store's writer thread: it takes what writes have arrived, commits them in one transaction, and only
 * then answers. It assigns the revisions, so there are neither gaps nor races; it never retries.
 */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { isFatal, maxWritesAtOnce, SqliteDatabase } from './sqlite-database.ts'
import {
  type FromWriter,
  packOutcomes,
  type ToWriter,
  transfers,
  unpackWrites,
} from './sqlite-message.ts'
import { FutureRevisionError, type Write } from './storage.ts'

/** One transaction's bounds; a message that goes over the bytes is taken whole. */
const maxBytes = 4 << 20

if (!parentPort) throw new Error('sqlite-worker.ts runs only as a worker thread')
const port = parentPort
const { file, maxBytes: maxFileBytes } = workerData as { file: string; maxBytes: number }
const database = SqliteDatabase.open(file, maxFileBytes)

function answer(message: FromWriter): void {
  port.postMessage(message, message.type === 'written' ? transfers(message.packed) : [])
}

/** The message after the last write of a transaction, taken from the port but not yet acted upon. */
let next: ToWriter | undefined

function take(): ToWriter | undefined {
  const message = next ?? (receiveMessageOnPort(port)?.message as ToWriter | undefined)
  next = undefined
  return message
}

function collect(first: ToWriter & { type: 'write' }): Write[] {
  const writes = unpackWrites(first.keys, first.packed)
  let bytes = first.packed.bytes.length
  while (writes.length < maxWritesAtOnce && bytes < maxBytes) {
    const message = take()
    if (message?.type !== 'write') {
      next = message
      break
    }
    writes.push(...unpackWrites(message.keys, message.packed))
    bytes += message.packed.bytes.length
  }
  return writes
}

function commit(writes: Write[]): void {
  try {
    answer({ type: 'written', packed: packOutcomes(database.apply(writes)) })
  } catch (error) {
    const { message } = error as Error
    answer({ type: 'failed', writes: writes.length, message, fatal: isFatal(error) })
  }
}

/** Slices of a compaction let writes pass in between. */
let purging = false

function compact(revision: number): void {
  try {
    database.forget(revision)
    purging = true
    answer({ type: 'compacted' })
  } catch (error) {
    answer(refusal(revision, error as Error))
  }
}

function refusal(requested: number, error: Error): FromWriter {
  return error instanceof FutureRevisionError
    ? { type: 'future', requested, current: error.current }
    : { type: 'not-compacted', message: error.message, fatal: isFatal(error) }
}

function purge(): void {
  if (!purging) return
  try {
    purging = database.purge()
  } catch (error) {
    // What could not be removed is removed by the next compaction or the next start; a dying disk shows on the
    // next write, which fails.
    purging = false
    if (isFatal(error)) throw error
  }
  if (purging) setImmediate(purge)
}

function act(message: ToWriter): void {
  switch (message.type) {
    case 'write':
      commit(collect(message))
      break
    case 'compact':
      compact(message.revision)
      setImmediate(purge)
      break
    case 'close':
      purging = false
      database.close()
      answer({ type: 'closed' })
      port.close()
      break
    default:
      message satisfies never
  }
}

port.on('message', (message: ToWriter) => {
  act(message)
  // Only what `collect` took too much of; the rest comes as messages.
  while (next) act(take() as ToWriter)
})
answer({ type: 'open', revision: database.revision() })
purging = true
setImmediate(purge)
