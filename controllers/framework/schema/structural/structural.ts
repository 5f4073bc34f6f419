/**
 * The structural pass: from JSON Schema, which says many things in many ways, to the one form that a definition holds,
 * in which every part has its type where it stands. What has no such form is refused, with its place and a way out;
 * nothing is weakened silently.
 */

import type { JsonSchema } from '../json-schema.ts'
import { KindError } from '../kind-error.ts'
import { fieldPath } from '../path.ts'
import { withKeywords } from '../with-keywords.ts'
import { alternatives } from './alternatives.ts'
import { joined } from './joined.ts'
import { keyRules } from './key-rules.ts'
import { common, isNull, picked } from './keywords.ts'
import { numberKeywords } from './numbers.ts'
import type { Place, SourceSchema } from './source.ts'
import { stringKeywords } from './strings.ts'

export const structural = (source: SourceSchema, path: string): JsonSchema =>
  pass(source, { path, root: source, following: [], pass })

function pass(source: SourceSchema, place: Place): JsonSchema {
  refuseForeign(source, place)
  if (source.$ref !== undefined || source.allOf) {
    const whole = joined(source, place)
    return pass(whole.source, { ...place, following: whole.following })
  }
  if (source.anyOf ?? source.oneOf) return alternatives(source, place)
  if (Array.isArray(source.type)) return severalTypes(source, source.type, place)
  if (isNull(source)) throw new KindError(place.path, 'is always null: leave the field out')
  return withKeywords(ofType(typeOf(source), source, place), common(source))
}

/** Keywords for which there is neither a structural form nor an equivalent. */
const foreign: Readonly<Record<string, string>> = {
  not: 'say what is allowed, or add a rule()',
  if: 'add a rule() with the condition',
  patternProperties: 'use a map, and a rule() over its keys',
  prefixItems: 'use an object with a field for each place',
  contains: 'add a rule() such as self.exists(item, ...)',
  dependentRequired: 'add a rule() such as !has(self.a) || has(self.b)',
  dependentSchemas: 'add a rule()',
  dependencies: 'add a rule() such as !has(self.a) || has(self.b)',
  unevaluatedProperties: 'leave it out: unknown fields are dropped',
}

function refuseForeign(source: SourceSchema, { path }: Place): void {
  for (const [keyword, advice] of Object.entries(foreign))
    if (source[keyword] !== undefined)
      throw new KindError(path, `a structural schema cannot say ${keyword}: ${advice}`)
}

/** `['string', 'null']` is nullable; integer and string together have a form of their own. */
function severalTypes(source: SourceSchema, types: readonly string[], place: Place): JsonSchema {
  const { type: _, ...rest } = source
  const others = types.filter((type) => type !== 'null')
  const nullable = others.length < types.length ? { nullable: true } : {}
  const [only] = others
  if (others.length === 1 && only) return pass({ ...rest, ...nullable, type: only }, place)
  return pass({ ...rest, ...nullable, anyOf: others.map((type) => ({ type })) }, place)
}

function typeOf({ type, enum: values, const: value, properties, items }: SourceSchema) {
  if (typeof type === 'string') return type
  if (properties) return 'object'
  if (items) return 'array'
  const sample = values?.find((one) => one !== null) ?? value
  if (Number.isInteger(sample)) return 'integer'
  return sample === undefined ? undefined : typeof sample
}

function ofType(type: string | undefined, source: SourceSchema, place: Place): JsonSchema {
  if (type === undefined)
    return source['x-kubernetes-int-or-string']
      ? { anyOf: [{ type: 'integer' }, { type: 'string' }] }
      : { 'x-kubernetes-preserve-unknown-fields': true, nullable: true }
  if (type === 'object') return objectKeywords(source, place)
  if (type === 'array') return arrayKeywords(source, place)
  if (type === 'string') return { type, ...stringKeywords(source, place) }
  if (type === 'integer' || type === 'number') return { type, ...numberKeywords(source) }
  if (type === 'boolean') return { type }
  throw new KindError(place.path, `has the type ${type}, which is none of JSON`)
}

function objectKeywords(source: SourceSchema, place: Place): JsonSchema {
  const { properties, required, additionalProperties: others } = source
  const open = others === true || (typeof others === 'object' && Object.keys(others).length === 0)
  if (properties && typeof others === 'object' && !open)
    throw new KindError(
      place.path,
      'has both named fields and a schema for all others: put the others into a map of their own',
    )
  const json: JsonSchema = {
    type: 'object',
    ...picked(source, ['minProperties', 'maxProperties']),
    ...(required && properties && required.length > 0 ? { required: [...required] } : {}),
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, part]) => [
              name,
              place.pass(part, { ...place, path: fieldPath(place.path, name) }),
            ]),
          ),
        }
      : {}),
    ...(open || (others === undefined && !properties)
      ? { 'x-kubernetes-preserve-unknown-fields': true }
      : {}),
    ...(typeof others === 'object' && !open
      ? { additionalProperties: place.pass(others, { ...place, path: `${place.path}.*` }) }
      : {}),
  }
  return { ...json, ...keyRules(source, json, place) }
}

function arrayKeywords(source: SourceSchema, place: Place): JsonSchema {
  if (typeof source.items !== 'object' || Array.isArray(source.items))
    throw new KindError(place.path, 'is a list of no certain items: say what they are')
  return {
    type: 'array',
    ...picked(source, ['minItems', 'maxItems']),
    ...(source.uniqueItems ? { 'x-kubernetes-list-type': 'set' } : {}),
    items: place.pass(source.items, { ...place, path: `${place.path}[]` }),
  }
}
