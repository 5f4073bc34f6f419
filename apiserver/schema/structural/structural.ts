/**
 * A schema as an immutable tree, made once for a version of a CustomResourceDefinition: maps instead of records, so
 * that `__proto__` is a name like any other, patterns compiled, and notes of what stands beneath, so that walks over
 * objects skip what does not concern them. It takes a schema that validation has let pass, and refuses only what it
 * cannot represent.
 */

import { isRawNumber } from '../../../api/json-text.ts'
import type { JsonSchemaProps, ValidationRule } from './definition.ts'
import { type Pattern, Patterns } from './pattern.ts'

/** Depth of a schema, counted in schemas. Objects are bounded alike. */
export const maximumSchemaDepth = 128

/** Schemas in a schema. The largest definitions that people wrote have some 15,000. */
export const maximumSchemaNodes = 20_000

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

/**
 * @param patterns those that are known already
 * @throws SchemaError, PatternError
 */
export function structuralOf(schema: JsonSchemaProps, patterns = new Patterns()): Structural {
  const root = new Builder(patterns).node(schema, 1)
  patternsIn.set(root, patterns)
  return root
}

const patternsIn = new WeakMap<Structural, Patterns>()

/** Of a whole schema, as `structuralOf` gave it. */
export const patternsOf = (root: Structural): Iterable<Pattern> => patternsIn.get(root) ?? none

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
  readonly #patterns: Patterns
  #nodes = 0

  constructor(patterns: Patterns) {
    this.#patterns = patterns
  }

  node(given: JsonSchemaProps, depth: number): Structural {
    const schema = plainLimits(given)
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
    const allOf = nodes(schema.allOf, below)
    const texts = schema.enum?.map(scalarText)
    return {
      source: schema,
      type: schema.type ?? '',
      format: schema.format ?? '',
      nullable: schema.nullable === true,
      default: schema.default === null ? undefined : schema.default,
      ...spine,
      preserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] === true,
      embeddedResource: schema['x-kubernetes-embedded-resource'] === true,
      intOrString: schema['x-kubernetes-int-or-string'] === true,
      listType: schema['x-kubernetes-list-type'] as ListType | undefined,
      listMapKeys: schema['x-kubernetes-list-map-keys'] ?? none,
      mapType: schema['x-kubernetes-map-type'],
      rules: schema['x-kubernetes-validations'] ?? none,
      required: schema.required ?? none,
      pattern: schema.pattern ? this.#patterns.of(schema.pattern) : undefined,
      enum: schema.enum,
      enumTexts: texts?.every((text) => text !== undefined)
        ? new Set(texts as string[])
        : undefined,
      allOf,
      anyOf: nodes(schema.anyOf, below),
      oneOf: nodes(schema.oneOf, below),
      not: schema.not && below(schema.not),
      ...notes(schema, spine, allOf),
    }
  }
}

const limits = [
  'maxLength',
  'minLength',
  'maxItems',
  'minItems',
  'maxProperties',
  'minProperties',
] as const satisfies (keyof JsonSchemaProps)[]

/** Limits beyond 2^53 come digit for digit; to count with them a double is good enough. */
function plainLimits(schema: JsonSchemaProps): JsonSchemaProps {
  let plain = schema
  for (const limit of limits) {
    const value: unknown = schema[limit]
    if (isRawNumber(value)) plain = { ...plain, [limit]: Number(value.rawJSON) }
  }
  return plain
}

/** Shared by all nodes that have none. */
const none: readonly never[] = Object.freeze([])

const nodes = (
  schemas: JsonSchemaProps[] | undefined,
  below: (schema: JsonSchemaProps) => Structural,
): readonly Structural[] => (schemas ? schemas.map(below) : none)

type Spine = Pick<Structural, 'properties' | 'additionalProperties' | 'items'>

/** What stands on the node itself, or on one beneath that values can reach. */
function notes(schema: JsonSchemaProps, spine: Spine, allOf: readonly Structural[]) {
  const listType = schema['x-kubernetes-list-type']
  const noted = {
    hasDefaults: false,
    hasRules: (schema['x-kubernetes-validations'] ?? none).length > 0,
    hasEmbedded: schema['x-kubernetes-embedded-resource'] === true,
    hasUniqueLists: listType === 'set' || listType === 'map',
  }
  const note = (node: Structural) => {
    noted.hasDefaults ||= node.hasDefaults || node.default !== undefined
    noted.hasRules ||= node.hasRules
    noted.hasEmbedded ||= node.hasEmbedded
    noted.hasUniqueLists ||= node.hasUniqueLists
  }
  for (const node of spine.properties.values()) note(node)
  if (spine.items) note(spine.items)
  if (typeof spine.additionalProperties === 'object') note(spine.additionalProperties)
  for (const node of allOf) noted.hasRules ||= node.hasRules
  return noted
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
