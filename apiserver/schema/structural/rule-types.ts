/**
 * What a schema's rules may see, as types of expressions: declared fields only, and of resources their kind, version
 * and name. Each type knows how large its values can be and how small they are in JSON: by both the cost of a rule is
 * told before it runs.
 */

import {
  bool,
  bytes,
  double,
  duration,
  dyn,
  int,
  type ListIdentity,
  list,
  map,
  object,
  sized,
  string,
  type Type,
  timestamp,
} from '../../cel/types.ts'
import type { Structural } from './structural.ts'

/** Bytes that a request may have. */
const maximumRequest = 3 * 1024 * 1024

export interface Declared {
  type: Type
  /** Bytes of the smallest value in JSON. */
  smallest: number
}

/** How often a value so small can stand in one object. */
export const mostOccurrences = (smallest: number): number =>
  Math.floor(maximumRequest / (smallest + 1))

/** The types of one schema. Nodes that rules cannot see have none. */
export class RuleTypes {
  readonly #known = new Map<Structural, Declared | undefined>()
  #objects = 0

  /** @param root the schema of a resource: the outermost, or an embedded one's */
  of(schema: Structural, root = schema.embeddedResource): Declared | undefined {
    if (this.#known.has(schema)) return this.#known.get(schema)
    const declared = this.#declare(schema, root)
    this.#known.set(schema, declared)
    return declared
  }

  #declare(schema: Structural, root: boolean): Declared | undefined {
    if (schema.intOrString)
      return { type: sized(dyn, bounded(schema.source.maxLength, 4)), smallest: 1 }
    switch (schema.type) {
      case 'array':
        return this.#list(schema)
      case 'object':
        return typeof schema.additionalProperties === 'object'
          ? this.#map(schema, schema.additionalProperties)
          : this.#object(schema, root)
      case 'string':
        return textType(schema)
      case 'boolean':
        return { type: weightless(bool), smallest: 4 }
      case 'number':
        return { type: weightless(double), smallest: 1 }
      case 'integer':
        return { type: weightless(int), smallest: 1 }
      default:
        return undefined
    }
  }

  #list({ items, source, listType, listMapKeys }: Structural): Declared | undefined {
    const item = items && this.of(items)
    if (!item) return undefined
    const most = source.maxItems ?? Math.floor((maximumRequest - 2) / (item.smallest + 1))
    const identity = identityOf(listType, listMapKeys)
    return { type: list(item.type, Math.max(0, most), identity), smallest: 2 }
  }

  #map({ source }: Structural, values: Structural): Declared | undefined {
    const value = this.of(values)
    if (!value) return undefined
    const most = source.maxProperties ?? Math.floor((maximumRequest - 2) / (value.smallest + 6))
    return { type: map(weightless(string), value.type, Math.max(0, most)), smallest: 2 }
  }

  #object(schema: Structural, root: boolean): Declared {
    const fields = new Map<string, Type>()
    const required = new Set(schema.required)
    let smallest = 2
    for (const [name, property] of schema.properties) {
      const declared = this.of(property)
      if (!declared) continue
      fields.set(name, declared.type)
      if (required.has(name) && property.default === undefined)
        smallest += name.length + declared.smallest + 4
    }
    if (root) this.#addResourceFields(fields)
    return { type: this.#named(fields), smallest }
  }

  #addResourceFields(fields: Map<string, Type>): void {
    const text = sized(string, maximumRequest - 2)
    fields.set('apiVersion', text)
    fields.set('kind', text)
    const names = new Map([
      ['name', text],
      ['generateName', text],
    ])
    fields.set('metadata', this.#named(names))
  }

  /** Types are told apart by name, and nobody should write these. */
  #named(fields: Map<string, Type>): Type {
    return weightless(object(`selfType${this.#objects++}`, fields))
  }
}

function identityOf(
  type: Structural['listType'],
  keys: readonly string[],
): ListIdentity | undefined {
  if (type === 'set') return { kind: 'set' }
  return type === 'map' ? { kind: 'map', keys } : undefined
}

/** What estimates take to be of no size, as those of Kubernetes do: to compare any costs nothing, however large. */
const weightless = (type: Type): Type => sized(type, 0)

function textType({ format, enum: choice, source: { maxLength } }: Structural): Declared {
  switch (format) {
    case 'byte':
      return { type: sized(bytes, bounded(maxLength, 1)), smallest: 2 }
    case 'duration':
      return { type: sized(duration, 32), smallest: 3 }
    case 'date':
      return { type: sized(timestamp, 12), smallest: 12 }
    case 'date-time':
      return { type: sized(timestamp, 32), smallest: 21 }
    default: {
      const most = maxLength === undefined ? longest(choice) : undefined
      return { type: sized(string, most ?? bounded(maxLength, 4)), smallest: 2 }
    }
  }
}

/** Bytes of the longest text among those that are allowed. */
const longest = (choice: readonly unknown[] | undefined): number | undefined =>
  choice?.reduce<number>(
    (most, value) => Math.max(most, typeof value === 'string' ? Buffer.byteLength(value) : 0),
    0,
  )

/** A length is in characters, each of so many bytes at most. */
const bounded = (maxLength: number | undefined, bytesEach: number) =>
  maxLength === undefined ? maximumRequest - 2 : Math.max(0, maxLength) * bytesEach
