/**
 * Plain JSON as values, by the type that is declared for it: only what an expression asks for is looked at, and
 * nothing is copied. Where JSON is not what was declared, it is taken for what it is.
 */

import { isRawNumber } from '../../api/json-text.ts'
import { parseDuration, parseTimestamp } from './time-text.ts'
import { dyn, type ListIdentity, type ObjectType, type Type } from './types.ts'
import { CelList, CelMap, CelObject, type Value } from './values.ts'

export function adapt(raw: unknown, type: Type): Value {
  switch (type.kind) {
    case 'double':
      if (typeof raw === 'number') return raw
      break
    case 'timestamp':
      // A schema's `date` is the first moment of that day.
      if (typeof raw === 'string')
        return parseTimestamp(raw.length === 10 ? `${raw}T00:00:00Z` : raw) ?? raw
      break
    case 'duration':
      if (typeof raw === 'string') return parseDuration(raw) ?? raw
      break
    case 'bytes':
      if (typeof raw === 'string') return Uint8Array.from(Buffer.from(raw, 'base64'))
      break
    case 'list':
      if (Array.isArray(raw)) return new JsonList(raw, type.items, type.identity)
      break
    case 'map':
      if (isRecord(raw)) return new JsonMap(raw, type.values)
      break
    case 'object':
      if (isRecord(raw)) return new JsonObject(raw, type)
      break
    default:
  }
  return adaptUntyped(raw)
}

function adaptUntyped(raw: unknown): Value {
  switch (typeof raw) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return raw
    case 'number':
      return Number.isSafeInteger(raw) ? BigInt(raw) : raw
    case 'undefined':
      return null
    default:
  }
  if (raw === null) return null
  if (Array.isArray(raw)) return new JsonList(raw, dyn)
  if (isRecord(raw)) return new JsonMap(raw, dyn)
  if (isRawNumber(raw))
    return /^-?\d+$/.test(raw.rawJSON) ? BigInt(raw.rawJSON) : Number(raw.rawJSON)
  return raw as Value
}

/** Not an instance of anything: what JSON makes, and what stands for a map without a prototype. */
function isRecord(raw: unknown): raw is Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null) return false
  const prototype: unknown = Object.getPrototypeOf(raw)
  return prototype === Object.prototype || (prototype === null && !isRawNumber(raw))
}

class JsonList extends CelList {
  readonly raw: readonly unknown[]
  readonly #items: Type

  constructor(raw: readonly unknown[], items: Type, identity?: ListIdentity) {
    super(identity)
    this.raw = raw
    this.#items = items
  }

  get size(): number {
    return this.raw.length
  }

  at(index: number): Value {
    return adapt(this.raw[index], this.#items)
  }
}

class JsonMap extends CelMap {
  readonly raw: Readonly<Record<string, unknown>>
  readonly #values: Type
  #size: number | undefined

  constructor(raw: Readonly<Record<string, unknown>>, values: Type) {
    super()
    this.raw = raw
    this.#values = values
  }

  get size(): number {
    this.#size ??= Object.keys(this.raw).length
    return this.#size
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.raw, key)) return undefined
    return adapt(this.raw[key], this.#values)
  }

  keys(): Iterable<Value> {
    return Object.keys(this.raw)
  }
}

const isThere = (raw: unknown) => raw !== null && raw !== undefined

class JsonObject extends CelObject {
  readonly raw: Readonly<Record<string, unknown>>
  readonly type: ObjectType

  constructor(raw: Readonly<Record<string, unknown>>, type: ObjectType) {
    super()
    this.raw = raw
    this.type = type
  }

  /** A field that is null is one that is absent. */
  *fieldNames(): Generator<string> {
    for (const key of Object.keys(this.raw)) {
      const name = this.type.nameOf(key)
      if (name !== undefined && isThere(this.raw[key])) yield name
    }
  }

  get(name: string): Value | undefined {
    const field = this.type.field(name)
    return field && Object.hasOwn(this.raw, field.key) && isThere(this.raw[field.key])
      ? adapt(this.raw[field.key], field.type)
      : undefined
  }

  override byKey(key: string): Value | undefined {
    return (
      super.byKey(key) ?? (Object.hasOwn(this.raw, key) ? adaptUntyped(this.raw[key]) : undefined)
    )
  }

  override undeclared(): CelMap {
    const rest: Record<string, unknown> = Object.create(null)
    for (const key of Object.keys(this.raw))
      if (this.type.nameOf(key) === undefined) rest[key] = this.raw[key]
    return new JsonMap(rest, dyn)
  }
}

/** For who needs a value as JSON again: what came from JSON is given back as it was, not to be changed. */
export function originalJson(value: Value): unknown {
  return value instanceof JsonList || value instanceof JsonMap || value instanceof JsonObject
    ? value.raw
    : undefined
}
