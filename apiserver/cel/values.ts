/**
 * What an expression works on. Booleans, strings, doubles, bytes and null are JavaScript's own, integers are bigints;
 * everything that JavaScript lacks is a small immutable class. Lists and maps may read JSON lazily (`adapt.ts`).
 */

import { CelRuntimeError } from './errors.ts'
import { formatType, type ListIdentity, type ObjectType, type Type } from './types.ts'

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Duration
  | Timestamp
  | TypeValue
  | Optional
  | CelList
  | CelMap
  | CelObject
  | Opaque

export class Uint {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

const nanosecond = 1_000_000_000n

/** Nanoseconds, within an int64. */
export class Duration {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    if (BigInt.asIntN(64, nanos) !== nanos) throw new CelRuntimeError('range error: duration')
    this.nanos = nanos
  }
}

/** The first moment of the year 1, in nanoseconds from the epoch. */
export const earliest = -62_135_596_800n * nanosecond
const latest = 253_402_300_799n * nanosecond + 999_999_999n

/** Nanoseconds since the epoch, in the years 1 to 9999. */
export class Timestamp {
  readonly nanos: bigint
  /** Minutes east of UTC, of the clock that it is written by. */
  readonly offset: number

  constructor(nanos: bigint, offset = 0) {
    if (nanos < earliest || nanos > latest) throw new CelRuntimeError('timestamp overflow')
    this.nanos = nanos
    this.offset = offset
  }
}

export class TypeValue {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

export class Optional {
  /** `undefined` where there is none. */
  readonly value: Value | undefined

  constructor(value: Value | undefined) {
    this.value = value
  }

  static readonly none = new Optional(undefined)
}

/** A library's own: known by its type's name, equal by what it says itself. */
export abstract class Opaque {
  abstract readonly typeName: string
  equals(other: Opaque): boolean {
    return this === other
  }
}

export abstract class CelList {
  abstract readonly size: number
  /** Absent where items are known by their places. */
  readonly identity: ListIdentity | undefined

  constructor(identity?: ListIdentity) {
    this.identity = identity
  }

  /** @param index within the size */
  abstract at(index: number): Value

  *[Symbol.iterator](): Generator<Value> {
    for (let index = 0; index < this.size; index++) yield this.at(index)
  }
}

export class Items extends CelList {
  /** Only the comprehension that makes the list adds to it. */
  readonly items: Value[]

  constructor(items: Value[], identity?: ListIdentity) {
    super(identity)
    this.items = items
  }

  get size(): number {
    return this.items.length
  }

  at(index: number): Value {
    return this.items[index]!
  }
}

export abstract class CelMap {
  abstract readonly size: number
  abstract get(key: Value): Value | undefined
  abstract keys(): Iterable<Value>
}

/** How a key is known: numbers of all types are one where they are equal. */
export function keyText(key: Value): string | undefined {
  switch (typeof key) {
    case 'string':
      return `s${key}`
    case 'bigint':
      return `n${key}`
    case 'number':
      return Number.isInteger(key) ? `n${BigInt(key)}` : undefined
    case 'boolean':
      return `b${key}`
    default:
      return key instanceof Uint ? `n${key.value}` : undefined
  }
}

export class Entries extends CelMap {
  readonly #entries: Map<string, { key: Value; value: Value }>

  constructor() {
    super()
    this.#entries = new Map()
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Value): Value | undefined {
    const text = keyText(key)
    return text === undefined ? undefined : this.#entries.get(text)?.value
  }

  /** Only who makes the map adds to it. @throws CelRuntimeError */
  insert(key: Value, value: Value): void {
    const text = keyText(key)
    if (text === undefined || typeof key === 'number')
      throw new CelRuntimeError('unsupported key type')
    if (this.#entries.has(text))
      throw new CelRuntimeError(`insert failed: key ${describe(key)} already exists`)
    this.#entries.set(text, { key, value })
  }

  *keys(): Generator<Value> {
    for (const { key } of this.#entries.values()) yield key
  }
}

const nothing: CelMap = new Entries()

/** An object with declared fields. */
export abstract class CelObject {
  abstract readonly type: ObjectType
  /** Fields that are there and declared. */
  abstract fieldNames(): Iterable<string>
  /** @param name as expressions write it; `undefined` where it is absent */
  abstract get(name: string): Value | undefined

  /** @param key of JSON, which no expression may be able to write */
  byKey(key: string): Value | undefined {
    const name = this.type.nameOf(key)
    return name === undefined ? undefined : this.get(name)
  }

  /** What is there and not declared: no expression sees it, but it makes objects differ. */
  undeclared(): CelMap {
    return nothing
  }
}

/** As in messages: strings as they are. */
export function describe(value: Value): string {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  if (value instanceof Uint) return String(value.value)
  if (typeof value === 'number') return String(value)
  return typeNameOf(value)
}

/** The name of the type that a value has while it runs. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'string':
      return 'string'
    default:
  }
  if (value === null) return 'null_type'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof CelList) return 'list'
  if (value instanceof CelMap) return 'map'
  if (value instanceof CelObject) return value.type.name
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Optional) return 'optional_type'
  if (value instanceof TypeValue) return 'type'
  return (value as Opaque).typeName
}

/** The type's name as a value has it while it runs. */
export function runtimeTypeName(type: Type): string {
  switch (type.kind) {
    case 'null':
      return 'null_type'
    case 'list':
    case 'map':
      return type.kind
    case 'optional':
      return 'optional_type'
    case 'type':
      return 'type'
    default:
      return formatType(type)
  }
}

/** Whether a value may be given where a parameter of this type stands; what lists and maps hold is not asked. */
export function isOf(type: Type, value: Value): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'param':
      return true
    case 'bool':
      return typeof value === 'boolean'
    case 'int':
      return typeof value === 'bigint'
    case 'uint':
      return value instanceof Uint
    case 'double':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string'
    case 'bytes':
      return value instanceof Uint8Array
    case 'duration':
      return value instanceof Duration
    case 'timestamp':
      return value instanceof Timestamp
    case 'null':
      return value === null
    case 'list':
      return value instanceof CelList
    case 'map':
      return value instanceof CelMap
    case 'optional':
      return value instanceof Optional
    case 'type':
      return value instanceof TypeValue
    case 'opaque':
      return value instanceof Opaque && value.typeName === type.name
    case 'object':
      return value instanceof CelObject && value.type.name === type.name
    default:
      return type satisfies never
  }
}

/** Characters, bytes, items or entries; 1 for what has no size. Characters are counted as UTF-16 units. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  if (value instanceof CelList || value instanceof CelMap) return value.size
  return 1
}
