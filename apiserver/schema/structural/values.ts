/** Plain JSON told apart: what is an object, what a list, what a number that no double holds. */

import { int64Of, isRawNumber } from '../../../api/json-text.ts'

export type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

/** Its value under a key of its own; `__proto__` included, inherited ones not. */
export const ownValue = (object: JsonObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** As JSON schemas name the type of a value. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (isRawNumber(value)) return int64Of(value) === undefined ? 'number' : 'integer'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** `spec` and `spec.replicas`: how paths grow by the name of a field. */
export const child = (path: string, name: string): string =>
  path === '' ? name : `${path}.${name}`

/** `spec[a.b]`, for keys that are the client's own. */
export const keyed = (path: string, key: string): string => `${path}[${key}]`

/** Whether two values are the same JSON; the order of keys aside. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one))
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, at) => sameJson(item, other[at]))
    )
  if (isObject(one)) {
    if (!isObject(other)) return false
    const keys = Object.keys(one)
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && sameJson(one[key], other[key]))
    )
  }
  return isRawNumber(one) && isRawNumber(other) && one.rawJSON === other.rawJSON
}

/** A text that is the same for the same JSON, whatever the order of keys. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  const entries = Object.keys(value).sort()
  return `{${entries.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`).join()}}`
}

/** Characters of a value that a message shows; more would make messages many times as large as what they are about. */
const maximumShown = 4096

/** The value, or the beginning of a long text, or a sign for a large list or object. */
export function excerpt(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length > maximumShown ? `${value.slice(0, maximumShown)}...` : value
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value
  if (roomLeft(value, maximumShown) > 0) return value
  return Array.isArray(value) ? '[...]' : '{...}'
}

/** Stops counting when there is none. */
function roomLeft(value: unknown, room: number): number {
  if (typeof value === 'string') return room - value.length
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return room - 1
  let left = room
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && left > 0; at++) left = roomLeft(value[at], left)
    return left
  }
  for (const key in value) {
    if (left <= 0) return left
    left = roomLeft((value as JsonObject)[key], left - key.length - 2)
  }
  return left
}
