/** Values as JSON again, for what expressions make that is stored or sent. */

import { rawNumber, setOwn } from '../../api/json-text.ts'
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

/** Values in one text: what an expression names many times is written as many times. */
const maximumValues = 1_000_000

/**
 * Shares what came from JSON: not to be changed.
 * @throws CelRuntimeError for what JSON cannot hold, and for what would be beyond all bounds
 */
export const toJson = (value: Value): unknown => new Writer().write(value)

class Writer {
  #values = 0

  write(value: Value): unknown {
    if (++this.#values > maximumValues)
      throw new CelRuntimeError(`more than ${maximumValues} values cannot be written as JSON`)
    const original = originalJson(value)
    if (original !== undefined) return original
    switch (typeof value) {
      case 'bigint':
        return wholeNumber(value)
      case 'object':
        return value === null ? null : this.#object(value)
      default:
        return value
    }
  }

  #object(value: Exclude<Value, null | string | number | boolean | bigint>): unknown {
    if (value instanceof Uint) return wholeNumber(value.value)
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
    if (value instanceof Duration) return formatDuration(value)
    if (value instanceof Timestamp) return formatTimestamp(value)
    if (value instanceof CelList) return [...value].map((item) => this.write(item))
    if (value instanceof CelMap)
      return this.#record([...value.keys()].map((key) => [describe(key), value.get(key)]))
    if (value instanceof CelObject)
      return this.#record(
        [...value.fieldNames()].map((name) => [
          value.type.field(name)?.key ?? name,
          value.get(name),
        ]),
      )
    if (value instanceof Optional && value.value !== undefined) return this.write(value.value)
    throw new CelRuntimeError(`a value of type ${typeNameOf(value)} cannot be written as JSON`)
  }

  #record(entries: readonly (readonly [string, Value | undefined])[]): object {
    const made = {}
    for (const [key, value] of entries) setOwn(made, key, this.write(value ?? null))
    return made
  }
}

/** Digit for digit where a double could not hold it. */
function wholeNumber(value: bigint): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : rawNumber(String(value))
}
