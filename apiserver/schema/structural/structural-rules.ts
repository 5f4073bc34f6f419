/**
 * What makes a schema structural: every field has a type and stands outside of alternatives, which may only narrow
 * what the fields say. Only of such schemas can be told what is unknown and what is defaulted.
 */

import { forbidden, invalid, required } from '../../resources/field-errors.ts'
import type { Examination, FieldError } from '../../resources/resource.ts'
import type { JsonSchemaProps } from './definition.ts'
import { Pace } from './pace.ts'
import { sameJson } from './values.ts'

type Level = 'root' | 'item' | 'field'

/** In the order of their texts. */
export function* structuralErrors(schema: JsonSchemaProps, path: string): Examination {
  const errors: FieldError[] = []
  const pace = new Pace()
  for (const walk of [invariants(schema, 'root', path, pace), completeness(schema, path, pace)])
    for (const found of walk)
      if (found) errors.push(found)
      else yield
  const text = ({ field, message }: FieldError) => `${field}: ${message}`
  yield* errors.sort((one, other) => (text(one) < text(other) ? -1 : 1))
}

type Errors = Generator<FieldError, void, undefined>

const noProperties: [name: string, schema: JsonSchemaProps][] = []

const properties = (schema: JsonSchemaProps) =>
  schema.properties ? Object.entries(schema.properties) : noProperties

const itemsOf = (schema: JsonSchemaProps): JsonSchemaProps | undefined =>
  Array.isArray(schema.items) ? undefined : schema.items

const additionalOf = ({ additionalProperties: additional }: JsonSchemaProps) =>
  typeof additional === 'object' ? additional : undefined

function* invariants(schema: JsonSchemaProps, level: Level, path: string, pace: Pace): Examination {
  if (pace.isDue) yield
  const items = itemsOf(schema)
  if (schema.type === 'array' && !schema.items) yield required(`${path}.items`, 'must be specified')
  if (items) yield* invariants(items, 'item', `${path}.items`, pace)
  for (const [name, property] of properties(schema))
    yield* invariants(property, 'field', `${path}.properties[${name}]`, pace)
  if (schema.additionalProperties !== undefined && level === 'root')
    yield forbidden(`${path}.additionalProperties`, 'must not be used at the root')
  const additional = additionalOf(schema)
  if (additional) yield* invariants(additional, 'field', `${path}.additionalProperties`, pace)
  if (schema['x-kubernetes-int-or-string']) yield* onlyIntOrString(schema, path)
  if (hasJunctors(schema)) yield* valueValidation(schema, path, isIntOrString(schema.anyOf), true)
  yield* types(schema, level, path)
  if (level === 'root' || schema['x-kubernetes-embedded-resource'])
    yield* resourceFields(schema, level, path)
}

/** Most schemas have none: they are many, and what is not there need not be walked. */
const hasJunctors = ({ anyOf, allOf, oneOf, not }: JsonSchemaProps) =>
  anyOf || allOf || oneOf || not

function* onlyIntOrString(schema: JsonSchemaProps, path: string): Errors {
  for (const keyword of [
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-embedded-resource',
  ] as const)
    if (schema[keyword])
      yield invalid(
        `${path}.${keyword}`,
        true,
        'must be false if x-kubernetes-int-or-string is true',
      )
}

const places: Record<Level, string> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function* types(schema: JsonSchemaProps, level: Level, path: string): Errors {
  const { type = '' } = schema
  const embedded = schema['x-kubernetes-embedded-resource']
  if (embedded && type !== 'object') {
    const what = 'must be object if x-kubernetes-embedded-resource is true'
    yield type === '' ? required(`${path}.type`, what) : invalid(`${path}.type`, type, what)
  } else if (
    type === '' &&
    !schema['x-kubernetes-int-or-string'] &&
    !schema['x-kubernetes-preserve-unknown-fields']
  )
    yield required(`${path}.type`, places[level])
  if (embedded && schema.additionalProperties !== undefined)
    yield forbidden(
      `${path}.additionalProperties`,
      'must not be used if x-kubernetes-embedded-resource is set',
    )
  if (level === 'root' && type !== '' && type !== 'object')
    yield invalid(`${path}.type`, type, 'must be object at the root')
}

/** `apiVersion`, `kind` and `metadata`, where they are a resource's. */
function* resourceFields(schema: JsonSchemaProps, level: Level, path: string): Errors {
  const embedded = schema['x-kubernetes-embedded-resource']
  const own = Object.hasOwn(schema, 'properties') ? schema.properties! : {}
  const property = (name: string) => (Object.hasOwn(own, name) ? own[name] : undefined)
  for (const name of ['kind', 'apiVersion'])
    if (property(name) && property(name)!.type !== 'string')
      yield invalid(
        `${path}.properties[${name}].type`,
        property(name)!.type ?? '',
        'must be string',
      )
  const metadata = property('metadata')
  if (metadata && metadata.type !== 'object')
    yield invalid(`${path}.properties[metadata].type`, metadata.type ?? '', 'must be object')
  if (level === 'root' && metadata && !onlyNames(metadata))
    yield forbidden(
      `${path}.properties[metadata]`,
      'must not specify anything other than name and generateName, but metadata is implicitly specified',
    )
  if (
    embedded &&
    !schema['x-kubernetes-preserve-unknown-fields'] &&
    properties(schema).length === 0
  )
    yield required(
      `${path}.properties`,
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    )
}

const silent = new Set(['type', 'default', 'properties'])

function onlyNames(metadata: JsonSchemaProps): boolean {
  const names = Object.keys(metadata.properties ?? {})
  return (
    names.every((name) => name === 'name' || name === 'generateName') &&
    Object.keys(metadata).every((keyword) => silent.has(keyword))
  )
}

const intOrString = [{ type: 'integer' }, { type: 'string' }]

/** The two forms in which alternatives of types may stand. */
const isIntOrString = (anyOf: JsonSchemaProps[] | undefined) => sameJson(anyOf, intOrString)

/** @param allOfToo the first of `allOf` may be the alternative of types */
function* valueValidation(
  schema: JsonSchemaProps,
  path: string,
  skipAnyOf: boolean,
  allOfToo = false,
): Errors {
  if (!skipAnyOf)
    for (const [at, one] of (schema.anyOf ?? []).entries())
      yield* nested(one, `${path}.anyOf[${at}]`)
  for (const [at, one] of (schema.allOf ?? []).entries())
    yield* nested(one, `${path}.allOf[${at}]`, allOfToo && at === 0 && isIntOrString(one.anyOf))
  for (const [at, one] of (schema.oneOf ?? []).entries()) yield* nested(one, `${path}.oneOf[${at}]`)
  if (schema.not) yield* nested(schema.not, `${path}.not`)
}

/** Keywords that alternatives may not have, and what they must be instead. */
const outside = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
] as const satisfies [keyof JsonSchemaProps, string][]

function* nested(schema: JsonSchemaProps, path: string, skipAnyOf = false): Errors {
  if (hasJunctors(schema)) yield* valueValidation(schema, path, skipAnyOf)
  const items = itemsOf(schema)
  if (items) yield* nested(items, `${path}.items`)
  for (const [name, property] of properties(schema))
    yield* nested(property, `${path}.properties[${name}]`)
  for (const [keyword, what] of outside)
    if (says(schema[keyword])) yield forbidden(`${path}.${keyword}`, what)
  if (schema.properties && Object.hasOwn(schema.properties, 'metadata'))
    yield forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context')
}

const says = (value: unknown) =>
  value !== undefined &&
  value !== '' &&
  value !== null &&
  !(Array.isArray(value) && value.length === 0)

/** What alternatives speak of must be declared outside of them. */
function* completeness(schema: JsonSchemaProps, path: string, pace: Pace): Examination {
  if (pace.isDue) yield
  if (hasJunctors(schema)) yield* junctorsDeclared(schema, schema, path, path)
  const items = itemsOf(schema)
  if (items) yield* completeness(items, `${path}.items`, pace)
  for (const [name, property] of properties(schema))
    yield* completeness(property, `${path}.properties[${name}]`, pace)
  const additional = additionalOf(schema)
  if (additional) yield* completeness(additional, `${path}.additionalProperties`, pace)
}

function* junctorsDeclared(
  value: JsonSchemaProps,
  schema: JsonSchemaProps,
  path: string,
  valuePath: string,
): Errors {
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [at, one] of (value[keyword] ?? []).entries())
      yield* declared(one, schema, path, `${valuePath}.${keyword}[${at}]`)
  if (value.not) yield* declared(value.not, schema, path, `${valuePath}.not`)
}

function* declared(
  value: JsonSchemaProps,
  schema: JsonSchemaProps | undefined,
  path: string,
  valuePath: string,
): Errors {
  if (!schema) return yield required(path, `because it is defined in ${valuePath}`)
  if (hasJunctors(value)) yield* junctorsDeclared(value, schema, path, valuePath)
  const items = itemsOf(value)
  if (items) yield* declared(items, itemsOf(schema), `${path}.items`, `${valuePath}.items`)
  for (const [name, property] of properties(value)) {
    const own = schema.properties
    yield* declared(
      property,
      own && Object.hasOwn(own, name) ? own[name] : undefined,
      `${path}.properties[${name}]`,
      `${valuePath}.properties[${name}]`,
    )
  }
}
