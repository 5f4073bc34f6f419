/** Lists of bounded length: too long ones are told as such, and not looked into. */

import { duplicate, type FieldErrors, tooMany } from '../field-errors.ts'

type Check<T> = (item: T, field: string) => FieldErrors

export function* validateList<T>(
  items: readonly T[] | undefined,
  most: number,
  field: string,
  check: Check<T>,
): FieldErrors {
  const all = items ?? []
  if (all.length > most) return yield tooMany(field, all.length, most)
  for (const [index, item] of all.entries()) yield* check(item, `${field}[${index}]`)
}

/** A list in which each key stands once. */
export function* validateSet<T>(
  items: readonly T[] | undefined,
  most: number,
  field: string,
  check: Check<T>,
  keyOf: (item: T) => string | undefined,
): FieldErrors {
  yield* validateList(items, most, field, check)
  const all = items ?? []
  if (all.length > most) return
  const keys = new Set<string | undefined>()
  for (const [index, item] of all.entries()) {
    const key = keyOf(item)
    if (keys.has(key)) yield duplicate(`${field}[${index}]`, key)
    keys.add(key)
  }
}
