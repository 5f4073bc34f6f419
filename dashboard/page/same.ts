/**
 * Keeps of a new answer what says the same as the one before, so that only what differs is drawn again. JSON values only.
 * Pure.
 */

/** Equal to `next`, and made of the parts of `before` wherever these are equal. */
export function keepSame<T>(before: unknown, next: T): T {
  if (Object.is(before, next)) return next
  if (Array.isArray(before) && Array.isArray(next)) return keepItems(before, next) as T
  if (isRecord(before) && isRecord(next)) return keepFields(before, next) as T
  return next
}

type Fields = Record<string, unknown>

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function keepItems(before: unknown[], next: unknown[]): unknown[] {
  const items = next.map((item, index) => keepSame(before[index], item))
  return before.length === next.length && items.every((item, index) => item === before[index])
    ? before
    : items
}

function keepFields(before: Fields, next: Fields): Fields {
  const names = Object.keys(next)
  let same = names.length === Object.keys(before).length
  const kept: Fields = Object.create(null)
  for (const name of names) {
    kept[name] = keepSame(Object.hasOwn(before, name) ? before[name] : undefined, next[name])
    same &&= Object.hasOwn(before, name) && kept[name] === before[name]
  }
  return same ? before : kept
}
