/**
 * What the SQLite store's two threads tell each other. Values travel concatenated in one transferred buffer: cloning
 * views one by one would copy the pools that they lie in.
 */

import type { Outcome } from './sqlite-database.ts'
import type { Entry, Write } from './storage.ts'

export interface Packed {
  numbers: Float64Array<ArrayBuffer>
  bytes: Uint8Array<ArrayBuffer>
}

export type ToWriter =
  | { type: 'write'; keys: string[]; packed: Packed }
  | { type: 'compact'; revision: number }
  | { type: 'close' }

/** Answers to writes come in the order of the writes, one message a transaction. */
export type FromWriter =
  | { type: 'open'; revision: number }
  | { type: 'written'; packed: Packed }
  | { type: 'failed'; writes: number; message: string; fatal: boolean }
  | { type: 'compacted' }
  | { type: 'future'; requested: number; current: number }
  | { type: 'not-compacted'; message: string; fatal: boolean }
  | { type: 'closed' }

/** The buffers to hand over rather than copy. */
export function transfers({ numbers, bytes }: Packed): ArrayBuffer[] {
  return [numbers.buffer, bytes.buffer]
}

const none = -1

function concatenate(values: readonly (Buffer | undefined)[]): Uint8Array<ArrayBuffer> {
  let total = 0
  for (const value of values) total += value?.length ?? 0
  const bytes = new Uint8Array(total)
  let at = 0
  for (const value of values) {
    if (!value) continue
    bytes.set(value, at)
    at += value.length
  }
  return bytes
}

const perWrite = 3

export function packWrites(writes: readonly Write[]): Packed {
  const numbers = new Float64Array(writes.length * perWrite)
  writes.forEach(({ expect, value, note }, at) => {
    numbers.set([expect, value?.length ?? none, note?.length ?? none], at * perWrite)
  })
  return { numbers, bytes: concatenate(writes.flatMap(({ value, note }) => [value, note])) }
}

export function unpackWrites(keys: readonly string[], { numbers, bytes }: Packed): Write[] {
  let at = 0
  const next = (length: number) => {
    if (length === none) return undefined
    const part = Buffer.from(bytes.buffer, at, length)
    at += length
    return part
  }
  return keys.map((key, index) => {
    const [expect = 0, valueLength = none, noteLength = none] = numbers.subarray(index * perWrite)
    const value = next(valueLength)
    const note = next(noteLength)
    return { key, value, expect, ...(note && { note }) }
  })
}

const perOutcome = 6

export function packOutcomes(outcomes: readonly Outcome[]): Packed {
  const numbers = new Float64Array(outcomes.length * perOutcome)
  const others = outcomes.map((outcome) => (outcome.ok ? outcome.previous : outcome.current))
  outcomes.forEach((outcome, at) => {
    const other = others[at]
    const created = outcome.ok ? outcome.created : 0
    const entry = [other?.created ?? 0, other?.modified ?? 0, other?.value.length ?? none]
    numbers.set([outcome.ok ? 1 : 0, outcome.revision, created, ...entry], at * perOutcome)
  })
  return { numbers, bytes: concatenate(others.map((entry) => entry?.value)) }
}

/** @param keyOf the key of the n-th write of the transaction. */
export function unpackOutcomes(
  { numbers, bytes }: Packed,
  keyOf: (index: number) => string,
): Outcome[] {
  let at = 0
  return Array.from({ length: numbers.length / perOutcome }, (_, index) => {
    const [ok = 0, revision = 0, created = 0, entryCreated = 0, modified = 0, length = none] =
      numbers.subarray(index * perOutcome, (index + 1) * perOutcome)
    let entry: Entry | undefined
    if (length !== none) {
      // A copy of its own: a view would keep the whole transaction's bytes alive.
      const value = Buffer.from(bytes.subarray(at, at + length))
      entry = { key: keyOf(index), value, created: entryCreated, modified }
      at += length
    }
    return ok === 1
      ? { ok: true, revision, created, previous: entry }
      : { ok: false, revision, current: entry }
  })
}
