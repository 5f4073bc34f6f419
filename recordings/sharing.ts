/**
 * Versions of an object differ in little: what a new one has in common with the one before it is taken from there, so
 * that a version costs what is new in it. Pure.
 */

/** Below it things are taken as they are. */
const maxDepth = 64

export interface Shared<T> {
  value: T
  /** What it costs beyond the version before it: an estimate of its bytes in memory. */
  bytes: number
}

export function sharing<T>(before: unknown, after: T): Shared<T> {
  const count = { bytes: 0 }
  return { value: shared(before, after, count, 0) as T, bytes: count.bytes }
}

/** What it costs alone. */
export const bytesOf = (value: unknown): number => sharing(undefined, value).bytes

interface Count {
  bytes: number
}

function shared(before: unknown, after: unknown, count: Count, depth: number): unknown {
  if (before === after) return before
  if (typeof after === 'string') count.bytes += 16 + after.length
  else count.bytes += 16
  if (typeof after !== 'object' || after === null || depth > maxDepth) return after
  return Array.isArray(after)
    ? sharedItems(before, after, count, depth)
    : sharedFields(before, after, count, depth)
}

function sharedItems(before: unknown, after: unknown[], count: Count, depth: number): unknown {
  const known: unknown[] = Array.isArray(before) ? before : []
  const own = count.bytes
  const items: unknown[] = []
  let same = known.length === after.length && Array.isArray(before)
  for (let at = 0; at < after.length; at++) {
    const item = shared(known[at], after[at], count, depth + 1)
    same &&= item === known[at]
    items.push(item)
  }
  if (same) {
    count.bytes = own - 16
    return before
  }
  count.bytes += 8 * items.length
  return items
}

function sharedFields(before: unknown, after: object, count: Count, depth: number): unknown {
  const known = typeof before === 'object' && before !== null && !Array.isArray(before)
  const old = (known ? before : {}) as Record<string, unknown>
  const own = count.bytes
  const entries = Object.entries(after)
  let same = known && Object.keys(old).length === entries.length
  for (const entry of entries) {
    const has = Object.hasOwn(old, entry[0])
    entry[1] = shared(has ? old[entry[0]] : undefined, entry[1], count, depth + 1)
    same &&= has && entry[1] === old[entry[0]]
  }
  if (same) {
    count.bytes = own - 16
    return before
  }
  count.bytes += 8 * entries.length
  return Object.fromEntries(entries)
}
