/** Values as JSON again, for what expressions make that is stored or sent. */

import { setOwn } from '../../api/json-text.ts'
import { originalJson } from './adapt.ts'
import { CelRuntimeError } from './errors.ts'
import { formatDuration, formatTimestamp } from './time-text.ts'
import {
  CelList,
  CelMap,
  CelObject,
  Duration,
  describe,
  Optional,
  Timestamp,
  typeNameOf,
  Uint,
  type Value,
} from './values.ts'

/** Shares what came from JSON: not to be changed. @throws CelRuntimeError for what JSON cannot hold */
export function toJson(value: Value): unknown {
  const original = originalJson(value)
  if (original !== undefined) return original
  switch (typeof value) {
    case 'bigint':
      return wholeNumber(value)
    case 'object':
      return value === null ? null : objectToJson(value)
    default:
      return value
  }
}

/** Digit for digit where a double could not hold it. */
function wholeNumber(value: bigint): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number)
    ? number
    : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value))
}

function objectToJson(value: Exclude<Value, null | string | number | boolean | bigint>): unknown {
  if (value instanceof Uint) return wholeNumber(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Duration) return formatDuration(value)
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof CelList) return [...value].map(toJson)
  if (value instanceof CelMap)
    return record([...value.keys()].map((key) => [describe(key), value.get(key)]))
  if (value instanceof CelObject)
    return record(
      [...value.fieldNames()].map((name) => [value.type.field(name)?.key ?? name, value.get(name)]),
    )
  if (value instanceof Optional && value.value !== undefined) return toJson(value.value)
  throw new CelRuntimeError(`a value of type ${typeNameOf(value)} cannot be written as JSON`)
}

function record(entries: readonly (readonly [string, Value | undefined])[]): object {
  const made = {}
  for (const [key, value] of entries) setOwn(made, key, toJson(value ?? null))
  return made
}
