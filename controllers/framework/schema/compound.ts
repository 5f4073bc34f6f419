/** Objects, lists and maps. */

import type { JsonSchema } from './json-schema.ts'
import { KindError } from './kind-error.ts'
import { fieldPath } from './path.ts'
import { type Flat, type OutputOf, Schema, type Typed, type WrittenOf } from './schema.ts'
import { schemaAt } from './schema-at.ts'

/** The fields of an object, each by its schema. */
export type Fields = Readonly<Record<string, Typed>>

type OptionalOutput<F extends Fields> = {
  [Key in keyof F]: undefined extends OutputOf<F[Key]> ? Key : never
}[keyof F]
type OptionalInput<F extends Fields> = {
  [Key in keyof F]: undefined extends WrittenOf<F[Key]> ? Key : never
}[keyof F]

/** What is read of an object with these fields. */
export type FieldsOutput<F extends Fields> = Flat<
  { [Key in Exclude<keyof F, OptionalOutput<F>>]: OutputOf<F[Key]> } & {
    [Key in OptionalOutput<F>]?: OutputOf<F[Key]>
  }
>
/** What may be written of an object with these fields. */
export type FieldsInput<F extends Fields> = Flat<
  { [Key in Exclude<keyof F, OptionalInput<F>>]: WrittenOf<F[Key]> } & {
    [Key in OptionalInput<F>]?: WrittenOf<F[Key]>
  }
>

/** What `object()` makes. */
export class ObjectSchema<Output, Input = Output> extends Schema<Output, Input> {
  /** Applied as a whole: two managers cannot own parts of it. */
  atomic(): this {
    return this.with({ 'x-kubernetes-map-type': 'atomic' })
  }
  /** Keeps fields that the schema does not name; without it the server drops them. */
  unknownFields(): this {
    return this.with({ 'x-kubernetes-preserve-unknown-fields': true })
  }
}

/** What `array()` and `listMap()` make. */
export class ArraySchema<Output, Input = Output> extends Schema<Output, Input> {
  /** Not fewer than this. */
  min(items: number): this {
    return this.with({ minItems: items })
  }
  /** Not more than this; keeps CEL rules over the items cheap. */
  max(items: number): this {
    return this.with({ maxItems: items })
  }
  /** Values stand once, and managers own them one by one: `array(string()).set()`. Items are scalars, or atomic. */
  set(): this {
    return this.with({ 'x-kubernetes-list-type': 'set' })
  }
  /** Applied as a whole: what a list is unless told. */
  atomic(): this {
    return this.with({ 'x-kubernetes-list-type': 'atomic' })
  }
}

/** What `map()` makes. */
export class MapSchema<Output, Input = Output> extends ObjectSchema<Output, Input> {
  /** Not fewer than this. */
  min(entries: number): this {
    return this.with({ minProperties: entries })
  }
  /** Not more than this; keeps CEL rules over the entries cheap. */
  max(entries: number): this {
    return this.with({ maxProperties: entries })
  }
}

/** `object({ image: string(), note: string().optional() })`. Fields that are not named are dropped by the server. */
export const object = <const F extends Fields>(
  fields: F,
): ObjectSchema<FieldsOutput<F>, FieldsInput<F>> =>
  new ObjectSchema({
    optional: false,
    keywords: {},
    parts: (path) => ({ type: 'object', ...fieldsAt(fields, path) }),
  })

function fieldsAt(fields: Fields, path: string): JsonSchema {
  const properties: [string, JsonSchema][] = []
  const required: string[] = []
  for (const [name, field] of Object.entries(fields)) {
    const { json, optional } = schemaAt(field, fieldPath(path, name))
    properties.push([name, json])
    if (!optional) required.push(name)
  }
  // From entries, since a field may be called `__proto__`.
  return {
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
  }
}

/** A list: `array(string()).max(16)`. Applied as a whole unless it is a `set()`; for lists of objects see `listMap`. */
export const array = <S extends Typed>(items: S): ArraySchema<OutputOf<S>[], WrittenOf<S>[]> =>
  new ArraySchema({
    optional: false,
    keywords: {},
    parts: (path) => ({ type: 'array', items: memberAt(items, `${path}[]`) }),
  })

type KeyOf<S extends Typed> = Extract<keyof OutputOf<S>, string>

/**
 * A list of objects which these fields tell apart, so that managers own its items one by one.
 *
 *     listMap('name', object({ name: string(), value: string() }))
 *     listMap(['port', 'protocol'], object({ port: int(), protocol: enumeration('TCP', 'UDP').default('TCP') }))
 */
export const listMap = <S extends Typed>(
  keys: KeyOf<S> | readonly KeyOf<S>[],
  items: S,
): ArraySchema<OutputOf<S>[], WrittenOf<S>[]> =>
  new ArraySchema({
    optional: false,
    keywords: {},
    parts: (path) => ({
      type: 'array',
      items: memberAt(items, `${path}[]`),
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': typeof keys === 'string' ? [keys] : [...keys],
    }),
  })

/** Names that are not known beforehand, to values of one schema: `map(string()).max(20)`. */
export const map = <S extends Typed>(
  values: S,
): MapSchema<Record<string, OutputOf<S>>, Record<string, WrittenOf<S>>> =>
  new MapSchema({
    optional: false,
    keywords: {},
    parts: (path) => ({
      type: 'object',
      additionalProperties: memberAt(values, fieldPath(path, '*')),
    }),
  })

/** What stands in a list or a map, where nothing can be left out. */
function memberAt(member: Typed, path: string): JsonSchema {
  const { json, optional } = schemaAt(member, path)
  if (optional)
    throw new KindError(path, 'cannot be left out of a list or map: drop optional() or default()')
  return json
}
