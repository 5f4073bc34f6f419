/**
 * Versions of an object differ in little: what a new one has in common with the one before it is taken from there, so
 * that a version costs what is new in it. What is handed in is kept, and must not be changed afterwards. Pure.
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
export const bytesOf = (value: unknown): number => weight(value, 0)

interface Count {
  bytes: number
}

/** Of memory, about: what an object, a list and a text take besides what is in them, and what a place in them takes. */
const cost = { object: 56, list: 48, text: 24, place: 8 }

function shared(before: unknown, after: unknown, count: Count, depth: number): unknown {
  if (before === after) return before
  if (typeof after !== 'object' || after === null || before === undefined || depth > maxDepth) {
    count.bytes += weight(after, depth)
    return after
  }
  return Array.isArray(after)
    ? sharedItems(before, after, count, depth)
    : sharedFields(before, after, count, depth)
}

function weight(value: unknown, depth: number): number {
  if (typeof value === 'string') return cost.text + value.length
  if (typeof value !== 'object' || value === null || depth > maxDepth) return 0
  let bytes = Array.isArray(value) ? cost.list : cost.object
  for (const key in value) bytes += cost.place + weight(value[key as never], depth + 1)
  return bytes
}

function sharedItems(before: unknown, after: unknown[], count: Count, depth: number): unknown {
  const known: unknown[] = Array.isArray(before) ? before : []
  let same = Array.isArray(before) && known.length === after.length
  let untouched = true
  const items: unknown[] = []
  for (let at = 0; at < after.length; at++) {
    const item = shared(known[at], after[at], count, depth + 1)
    same &&= item === known[at]
    untouched &&= item === after[at]
    items.push(item)
  }
  if (same) return before
  count.bytes += cost.list + cost.place * items.length
  return untouched ? after : items
}

function sharedFields(before: unknown, after: object, count: Count, depth: number): unknown {
  const known = typeof before === 'object' && before !== null && !Array.isArray(before)
  const old = (known ? before : {}) as Record<string, unknown>
  const entries = Object.entries(after)
  let same = known && Object.keys(old).length === entries.length
  let untouched = true
  for (const entry of entries) {
    const [name, field] = entry
    const has = Object.hasOwn(old, name)
    const value = shared(has ? old[name] : undefined, field, count, depth + 1)
    same &&= has && value === old[name]
    untouched &&= value === field
    entry[1] = value
  }
  if (same) return before
  count.bytes += cost.object + cost.place * entries.length
  return untouched ? after : Object.fromEntries(entries)
}
