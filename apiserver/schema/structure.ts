/**
 * Brings a value of plain JSON into the form of its definition: unknown fields are reported and dropped, wrong
 * types refused, times and quantities written in the one form in which they are stored. It checks no meaning:
 * whether a field must be there, or which values it may have, is validation's.
 *
 * The result reads as the API's own encoding of the same object would: a field whose zero that encoding omits is
 * absent (`hostNetwork: false`, `args: []`, null), a struct or scalar that it always writes is there (`status: {}`,
 * `resources: {}`, `restartCount: 0`). So JSON, YAML and protobuf bodies that mean the same are stored the same.
 * Zero times and zero int-or-strings behind no pointer are absent, although the encoding writes them as null or 0.
 */

import {
  cloneJson,
  formatPath,
  int64Of,
  isRawNumber,
  maximumDepth,
  plainNumbers,
  setOwn,
} from '../../api/json-text.ts'
import { canonicalMicroTime, canonicalQuantity, canonicalTime, isDuration } from './scalars.ts'
import type { Definition, Field, Type } from './schema.ts'

/** The value cannot be one of this definition; worded as the API's decoder does. */
export class StructureError extends Error {
  override name = 'StructureError'
}

/** More findings than these are of use to nobody. */
const maximumProblems = 100

export interface Structured {
  object: Record<string, unknown>
  problems: string[]
}

/**
 * @param repeats keys as written, of the objects in which one stands twice
 * @throws StructureError
 */
export function structured(
  value: unknown,
  definition: Definition,
  repeats?: ReadonlyMap<object, readonly string[]>,
): Structured {
  const walk = new Walk(repeats)
  const object = walk.struct(value, definition)
  return { object, problems: walk.problems }
}

/** Reports repeated keys where there is no definition to walk by. */
export function repeatedFields(
  value: unknown,
  repeats: ReadonlyMap<object, readonly string[]> | undefined,
): string[] {
  if (!repeats) return []
  const walk = new Walk(repeats)
  walk.untyped(value)
  return walk.problems
}

const absent = undefined

/** Per definition, what its encoding always writes; computed once. */
const alwaysThere = new WeakMap<Definition, [name: string, make: () => unknown][]>()

function fillers(definition: Definition): [name: string, make: () => unknown][] {
  const known = alwaysThere.get(definition)
  if (known) return known
  const made: [string, () => unknown][] = []
  for (const field of definition.fields.values()) {
    const make = filler(field)
    if (make) made.push([field.name, make])
  }
  alwaysThere.set(definition, made)
  return made
}

function filler({ type, pointer, omitEmpty, omitZero }: Field): (() => unknown) | undefined {
  if (pointer) return undefined
  switch (type.kind) {
    case 'string':
      return omitEmpty ? undefined : () => ''
    case 'boolean':
      return omitEmpty ? undefined : () => false
    case 'int32':
    case 'int64':
    case 'double':
      return omitEmpty ? undefined : () => 0
    case 'definition':
      if (omitZero) return undefined
      if (type.definition.form === 'quantity') return () => '0'
      return type.definition.form === 'struct' ? () => filled({}, type.definition) : undefined
    case 'bytes':
    case 'list':
    case 'map':
      return undefined
    default:
      return type satisfies never
  }
}

function filled(object: Record<string, unknown>, definition: Definition): Record<string, unknown> {
  for (const [name, make] of fillers(definition))
    if (object[name] === undefined) object[name] = make()
  return object
}

/** Whether the encoding leaves it out: the zero of a field that is no pointer. */
function omitted(value: unknown, { name, type, pointer, omitEmpty }: Field): boolean {
  // No managers is what a client may ask for, and other than to say nothing of them.
  if (pointer || !omitEmpty || name === 'managedFields') return false
  switch (type.kind) {
    case 'list':
      return (value as unknown[]).length === 0
    case 'map':
      return Object.keys(value as object).length === 0
    case 'definition':
      if (type.definition.form === 'list') return (value as unknown[]).length === 0
      return type.definition.form === 'intOrString' && value === 0
    default:
      return value === '' || value === 0 || value === false
  }
}

const shortName = (name: string) => name.slice(name.lastIndexOf('.') + 1)

/** As Go names the type: `v1.PodSpec`, `[]v1.Container`, `map[string]string`. */
function goName(type: Type): string {
  switch (type.kind) {
    case 'boolean':
      return 'bool'
    case 'double':
      return 'float64'
    case 'bytes':
      return '[]uint8'
    case 'list':
      return `[]${goName(type.items)}`
    case 'map':
      return `map[string]${goName(type.values)}`
    case 'definition':
      return type.name.split('.').slice(-2).join('.')
    default:
      return type.kind
  }
}

/** The decoder quotes a number that is of the right kind, but does not fit. */
function jsonName(value: unknown, type: string): string {
  if (isRawNumber(value) || typeof value === 'number')
    return /^(?:int|float)/.test(type)
      ? `number ${isRawNumber(value) ? value.rawJSON : value}`
      : 'number'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

class Walk {
  readonly problems: string[] = []
  readonly #seen = new Set<string>()
  readonly #repeats: ReadonlyMap<object, readonly string[]> | undefined
  readonly #path: (string | number)[] = []
  #quiet = false
  /** The struct whose field is being read, and that field's path without keys and indices, for messages. */
  #owner: Definition | undefined
  readonly #names: string[] = []

  constructor(repeats: ReadonlyMap<object, readonly string[]> | undefined) {
    this.#repeats = repeats
  }

  struct(value: unknown, definition: Definition): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isRawNumber(value))
      throw this.#mismatch(value, shortTypeName(definition))
    if (this.#path.length > maximumDepth) throw new StructureError('exceeded max depth')
    const given = value as Record<string, unknown>
    const object: Record<string, unknown> = {}
    const owner = this.#owner
    const repeated = this.#repeats?.get(value)
    const written = repeated && new Set<string>()
    for (const key of repeated ?? Object.keys(given)) {
      const field = definition.fields.get(key)
      this.#path.push(key)
      if (!field) this.#report('unknown')
      else if (written?.has(key)) this.#report('duplicate')
      else {
        this.#owner = definition
        this.#names.push(key)
        const read = given[key] === null ? absent : this.#read(given[key], field.type)
        this.#names.pop()
        if (read !== absent && !omitted(read, field)) object[key] = read
      }
      written?.add(key)
      this.#path.pop()
    }
    this.#owner = owner
    return filled(object, definition)
  }

  /** Looks for repeated keys only. */
  untyped(value: unknown): void {
    if (typeof value !== 'object' || value === null || isRawNumber(value)) return
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at++) {
        this.#path.push(at)
        this.untyped(value[at])
        this.#path.pop()
      }
      return
    }
    const written = new Set<string>()
    for (const key of this.#repeats?.get(value) ?? Object.keys(value)) {
      this.#path.push(key)
      if (written.has(key)) this.#report('duplicate')
      else this.untyped((value as Record<string, unknown>)[key])
      written.add(key)
      this.#path.pop()
    }
  }

  #report(what: 'unknown' | 'duplicate'): void {
    if (this.#quiet || this.problems.length >= maximumProblems) return
    const problem = `${what} field ${JSON.stringify(formatPath(this.#path))}`
    if (this.#seen.has(problem)) return
    this.#seen.add(problem)
    this.problems.push(problem)
  }

  #mismatch(value: unknown, type: string): StructureError {
    const what = `json: cannot unmarshal ${jsonName(value, type)} into Go`
    return new StructureError(
      this.#owner === undefined
        ? `${what} value of type ${type}`
        : `${what} struct field ${shortName(this.#owner.name)}.${this.#names.join('.')} of type ${type}`,
    )
  }

  #read(value: unknown, type: Type): unknown {
    switch (type.kind) {
      case 'string':
        if (typeof value !== 'string') throw this.#mismatch(value, 'string')
        return value
      case 'boolean':
        if (typeof value !== 'boolean') throw this.#mismatch(value, 'bool')
        return value
      case 'int32':
        if (typeof value !== 'number') throw this.#mismatch(value, 'int32')
        return this.#int32(value)
      case 'int64':
        if (Number.isSafeInteger(value)) return value
        if (isRawNumber(value) && int64Of(value) !== undefined) return value
        throw this.#mismatch(value, 'int64')
      case 'double':
        return this.#double(value)
      case 'bytes':
        return this.#bytes(value)
      case 'list':
        return this.#list(value, type.items, type)
      case 'map':
        return this.#map(value, type.values, type)
      case 'definition':
        return this.#form(value, type.definition)
      default:
        return type satisfies never
    }
  }

  #int32(value: number): number {
    if ((value | 0) !== value) throw this.#mismatch(value, 'int32')
    return value
  }

  #double(value: unknown): number {
    const double = isRawNumber(value) ? Number(value.rawJSON) : value
    if (typeof double !== 'number' || !Number.isFinite(double))
      throw this.#mismatch(value, 'float64')
    return double
  }

  #bytes(value: unknown): string {
    if (typeof value !== 'string') throw this.#mismatch(value, '[]uint8')
    // Go takes line breaks inside base64, and so do files that people paste.
    const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, '') : value
    const wrong = wrongBase64(text)
    if (wrong >= 0) throw new StructureError(`illegal base64 data at input byte ${wrong}`)
    return text
  }

  #list(value: unknown, items: Type, type: Type): unknown[] {
    if (!Array.isArray(value)) throw this.#mismatch(value, goName(type))
    const read: unknown[] = new Array(value.length)
    for (let at = 0; at < value.length; at++) {
      this.#path.push(at)
      read[at] = this.#element(value[at], items)
      this.#path.pop()
    }
    return read
  }

  #map(value: unknown, values: Type, type: Type): object {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isRawNumber(value))
      throw this.#mismatch(value, goName(type))
    const read = {}
    const repeated = this.#repeats?.get(value)
    const written = repeated && new Set<string>()
    for (const key of repeated ?? Object.keys(value)) {
      this.#path.push(key)
      if (written?.has(key)) this.#report('duplicate')
      else setOwn(read, key, this.#element((value as Record<string, unknown>)[key], values))
      written?.add(key)
      this.#path.pop()
    }
    return read
  }

  /** Null in a list or map is the zero of its type. */
  #element(value: unknown, type: Type): unknown {
    if (value !== null) return this.#read(value, type) ?? null
    switch (type.kind) {
      case 'string':
      case 'bytes':
        return ''
      case 'boolean':
        return false
      case 'int32':
      case 'int64':
      case 'double':
        return 0
      case 'list':
      case 'map':
        return null
      case 'definition':
        if (type.definition.form === 'struct') return filled({}, type.definition)
        return type.definition.form === 'quantity' ? '0' : null
      default:
        return type satisfies never
    }
  }

  #form(value: unknown, definition: Definition): unknown {
    switch (definition.form) {
      case 'struct':
        return this.struct(value, definition)
      case 'time':
        return this.#text(value, canonicalTime, timeProblem)
      case 'microTime':
        return this.#text(value, canonicalMicroTime, timeProblem)
      case 'quantity':
        return this.#quantity(value)
      case 'duration':
        return this.#text(
          value,
          (text) => (isDuration(text) ? text : undefined),
          (text) => `time: invalid duration ${JSON.stringify(text)}`,
        )
      case 'intOrString':
        if (typeof value === 'string') return value
        if (typeof value !== 'number') throw this.#mismatch(value, 'int32')
        return this.#int32(value)
      case 'list': {
        const items = definition.fields.get('items')!.type
        return this.#list(value, items.kind === 'list' ? items.items : items, items)
      }
      case 'json':
        return plainNumbers(cloneJson(value))
      case 'schemaOrArray':
      case 'schemaOrBool':
      case 'schemaOrStrings':
        return this.#schemaOr(value, definition)
      default:
        return definition.form satisfies never
    }
  }

  /** The API's decoder has one of its own for these, which drops unknown fields without a word. */
  #schemaOr(value: unknown, definition: Definition): unknown {
    const { type } = definition.fields.get('schema')!
    const quiet = this.#quiet
    this.#quiet = true
    const read = Array.isArray(value)
      ? value.map((item) => (typeof item === 'object' ? this.#element(item, type) : item))
      : typeof value === 'object'
        ? this.#element(value, type)
        : value
    this.#quiet = quiet
    return read
  }

  #text(
    value: unknown,
    canonical: (text: string) => string | undefined,
    problem: (text: string) => string,
  ): string {
    if (typeof value !== 'string')
      throw new StructureError(
        `json: cannot unmarshal ${jsonName(value, 'string')} into Go value of type string`,
      )
    const read = canonical(value)
    if (read === undefined) throw new StructureError(problem(value))
    return read
  }

  #quantity(value: unknown): string {
    const text = isRawNumber(value) ? value.rawJSON : value
    const read =
      typeof text === 'string' || typeof text === 'number'
        ? canonicalQuantity(String(text))
        : undefined
    if (read === undefined)
      throw new StructureError(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      )
    return read
  }
}

const shortTypeName = (definition: Definition) => definition.name.split('.').slice(-2).join('.')

function timeProblem(text: string): string {
  return `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`
}

/** The place of the first byte that is not base64 with padding, or -1. */
function wrongBase64(text: string): number {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return -1
  const wrong = /[^A-Za-z0-9+/]/.exec(text)?.index ?? text.length
  return wrong
}
