/**
 * A schema as an immutable tree, made once for a version of a CustomResourceDefinition: maps instead of records, so
 * that `__proto__` is a name like any other, patterns compiled, and notes of what stands beneath, so that walks over
 * objects skip what does not concern them. It takes a schema that validation has let pass, and refuses only what it
 * cannot represent.
 */

import { isRawNumber } from '../json-text.ts'
import type { JsonSchemaProps, ValidationRule } from './definition.ts'
import { compilePattern, compilingBudget, type Pattern } from './pattern.ts'

/** Depth of a schema, counted in schemas. Objects are bounded alike. */
export const maximumSchemaDepth = 128

/** Schemas in a schema. The largest known definitions have some 20,000. */
export const maximumSchemaNodes = 60_000

export type ListType = 'atomic' | 'set' | 'map'

export interface Structural {
  /** As written. */
  readonly source: JsonSchemaProps
  /** Empty where none is declared. */
  readonly type: string
  readonly format: string
  readonly nullable: boolean
  /** `undefined` where there is none; shared, so that whoever takes it copies. */
  readonly default: unknown
  readonly properties: ReadonlyMap<string, Structural>
  /** `true`: keys are the client's own, of any value. */
  readonly additionalProperties: Structural | boolean | undefined
  readonly items: Structural | undefined
  readonly preserveUnknownFields: boolean
  readonly embeddedResource: boolean
  readonly intOrString: boolean
  readonly listType: ListType | undefined
  readonly listMapKeys: readonly string[]
  readonly mapType: string | undefined
  readonly rules: readonly ValidationRule[]
  readonly required: readonly string[]
  readonly pattern: Pattern | undefined
  readonly enum: readonly unknown[] | undefined
  /** The texts of `enum`'s scalars, where all are scalars. */
  readonly enumTexts: ReadonlySet<string> | undefined
  readonly allOf: readonly Structural[]
  readonly anyOf: readonly Structural[]
  readonly oneOf: readonly Structural[]
  readonly not: Structural | undefined
  /** Here or beneath. */
  readonly hasDefaults: boolean
  readonly hasRules: boolean
  readonly hasEmbedded: boolean
  readonly hasUniqueLists: boolean
}

export class SchemaError extends Error {
  override name = 'SchemaError'
}

/** @throws SchemaError, PatternError */
export function structuralOf(schema: JsonSchemaProps): Structural {
  return new Builder().node(schema, 1)
}

/** A scalar as a text by which it is looked up; `undefined` for lists and objects. */
export function scalarText(value: unknown): string | undefined {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'string':
      return `"${value}`
    case 'number':
    case 'boolean':
      return String(value)
    case 'object':
      return isRawNumber(value) ? value.rawJSON : undefined
    default:
      return undefined
  }
}

class Builder {
  readonly #patterns = new Map<string, Pattern>()
  #budget = compilingBudget
  #nodes = 0

  node(schema: JsonSchemaProps, depth: number): Structural {
    if (depth > maximumSchemaDepth)
      throw new SchemaError(`must not be deeper than ${maximumSchemaDepth} schemas`)
    if (++this.#nodes > maximumSchemaNodes)
      throw new SchemaError(`must not have more than ${maximumSchemaNodes} schemas`)
    if (Array.isArray(schema.items))
      throw new SchemaError("OpenAPIV3Schema 'items' must be a schema, but is an array")
    const below = (inner: JsonSchemaProps) => this.node(inner, depth + 1)
    const properties = new Map<string, Structural>()
    for (const name of Object.keys(schema.properties ?? {}))
      properties.set(name, below(schema.properties![name]!))
    const { additionalProperties: additional } = schema
    const spine = {
      properties,
      additionalProperties: typeof additional === 'object' ? below(additional) : additional,
      items: schema.items && below(schema.items),
    }
    const junctors = {
      allOf: (schema.allOf ?? []).map(below),
      anyOf: (schema.anyOf ?? []).map(below),
      oneOf: (schema.oneOf ?? []).map(below),
      not: schema.not && below(schema.not),
    }
    return Object.freeze({
      ...declarations(schema),
      ...spine,
      ...junctors,
      ...notes(schema, spine, junctors.allOf),
      pattern: schema.pattern ? this.#pattern(schema.pattern) : undefined,
    })
  }

  #pattern(source: string): Pattern {
    const known = this.#patterns.get(source)
    if (known) return known
    const made = compilePattern(source, this.#budget)
    this.#budget -= made.size
    this.#patterns.set(source, made)
    return made
  }
}

function declarations(schema: JsonSchemaProps) {
  const texts = schema.enum?.map(scalarText)
  return {
    source: schema,
    type: schema.type ?? '',
    format: schema.format ?? '',
    nullable: schema.nullable === true,
    default: schema.default === null ? undefined : schema.default,
    preserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] === true,
    embeddedResource: schema['x-kubernetes-embedded-resource'] === true,
    intOrString: schema['x-kubernetes-int-or-string'] === true,
    listType: schema['x-kubernetes-list-type'] as ListType | undefined,
    listMapKeys: schema['x-kubernetes-list-map-keys'] ?? [],
    mapType: schema['x-kubernetes-map-type'],
    rules: schema['x-kubernetes-validations'] ?? [],
    required: schema.required ?? [],
    enum: schema.enum,
    enumTexts: texts?.every((text) => text !== undefined) ? new Set(texts as string[]) : undefined,
  }
}

type Spine = Pick<Structural, 'properties' | 'additionalProperties' | 'items'>

/** What stands on the node itself, or on one beneath that values can reach. */
function notes(schema: JsonSchemaProps, spine: Spine, allOf: readonly Structural[]) {
  const { additionalProperties: additional, items } = spine
  const below = [...spine.properties.values()]
  if (items) below.push(items)
  if (typeof additional === 'object') below.push(additional)
  const listType = schema['x-kubernetes-list-type']
  return {
    hasDefaults: below.some((node) => node.default !== undefined || node.hasDefaults),
    hasRules:
      (schema['x-kubernetes-validations'] ?? []).length > 0 ||
      below.some((node) => node.hasRules) ||
      allOf.some((node) => node.hasRules),
    hasEmbedded:
      schema['x-kubernetes-embedded-resource'] === true || below.some((node) => node.hasEmbedded),
    hasUniqueLists:
      listType === 'set' || listType === 'map' || below.some((node) => node.hasUniqueLists),
  }
}

/** The schema under a key of an object: declared, or the one that all keys have. */
export function propertyOf(schema: Structural, key: string): Structural | undefined {
  const declared = schema.properties.get(key)
  if (declared) return declared
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

/** A schema that says nothing: what stands where a version has none. */
export const emptyStructural: Structural = structuralOf({
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
})
