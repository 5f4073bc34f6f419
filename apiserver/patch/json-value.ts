/** What all patches need of plain JSON values: equality, emptiness of prototype tricks, and bounds. */

import { isRawNumber, maximumDepth } from '../../api/json-text.ts'

export type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

/** As Go's decoder names what stands in a JSON text. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return isRawNumber(value) ? 'number' : typeof value
}

/** An own property, whatever stands on prototypes. */
export const own = (object: JsonObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** Deep, by value, without regard to the order of keys. */
export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (isRawNumber(left) || isRawNumber(right)) return numberText(left) === numberText(right)
  if (Array.isArray(left))
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, at) => equal(item, right[at]))
    )
  if (!isObject(left) || !isObject(right)) return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
  )
}

const numberText = (value: unknown): unknown =>
  isRawNumber(value) ? value.rawJSON : typeof value === 'number' ? String(value) : value

/**
 * About the number of characters of a value's JSON; `Infinity` where it nests too deeply to be an object's.
 * Never looks further than `limit` characters.
 */
export function extent(value: unknown, limit: number, depth = 0): number {
  if (depth > maximumDepth) return Number.POSITIVE_INFINITY
  if (typeof value === 'string') return value.length + 2
  if (Array.isArray(value)) {
    let total = 2
    for (const item of value) {
      total += 1 + extent(item, limit, depth + 1)
      if (total > limit) return total
    }
    return total
  }
  if (!isObject(value)) return 4
  let total = 2
  for (const key of Object.keys(value)) {
    total += key.length + 4 + extent(value[key], limit, depth + 1)
    if (total > limit) return total
  }
  return total
}
