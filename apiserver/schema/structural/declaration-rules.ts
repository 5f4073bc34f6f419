/** What each keyword of a schema may say, and which may stand together: checked schema by schema, values aside. */

import { forbidden, invalid, notSupported, required } from '../../resources/field-errors.ts'
import type { Examination, FieldError } from '../../resources/resource.ts'
import type { JsonSchemaProps, ValidationRule } from './definition.ts'
import { Pace } from './pace.ts'

type Errors = Generator<FieldError, void, undefined>

/** What holds because of where a schema stands. */
interface Place {
  root: boolean
  /** Why there may be no defaults; empty: there may. */
  noDefaults: string
  /** Within `apiVersion`, `kind` or `metadata` of a resource. */
  insideMetadata: boolean
  pace: Pace
}

export const declarationErrors = (schema: JsonSchemaProps, path: string): Examination =>
  visit(schema, path, { root: true, noDefaults: '', insideMetadata: false, pace: new Pace() })

const metaFields = new Set(['metadata', 'kind', 'apiVersion'])

function* visit(schema: JsonSchemaProps, path: string, place: Place): Examination {
  if (place.pace.isDue) yield
  const inner = place.root ? { ...place, root: false } : place
  yield* keywords(schema, path, place)
  const { additionalProperties: additional } = schema
  if (additional !== undefined && !isSchemaOrBoolean(additional))
    return yield invalid(
      `${path}.additionalProperties`,
      additional,
      'boolean or JSON schema expected',
    )
  if (additional !== undefined && Object.keys(schema.properties ?? {}).length > 0)
    if (additional !== true)
      yield forbidden(
        `${path}.additionalProperties`,
        'additionalProperties and properties are mutual exclusive',
      )
  if (typeof additional === 'object')
    yield* visit(additional, `${path}.additionalProperties`, {
      ...inner,
      ...(place.insideMetadata && {
        noDefaults: 'inside additionalProperties applying to object metadata',
      }),
    })
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const embedded = place.root || schema['x-kubernetes-embedded-resource']
    const meta = embedded && metaFields.has(name)
    yield* visit(
      property,
      `${path}.properties[${name}]`,
      meta
        ? {
            ...inner,
            insideMetadata: true,
            ...(place.root && { noDefaults: `in top-level ${name}` }),
          }
        : inner,
    )
  }
  if (schema.not) yield* visit(schema.not, `${path}.not`, inner)
  for (const keyword of ['allOf', 'oneOf', 'anyOf'] as const)
    for (const [at, one] of (schema[keyword] ?? []).entries())
      yield* visit(one, `${path}.${keyword}[${at}]`, inner)
  if (Array.isArray(schema.items))
    for (const [at, one] of schema.items.entries()) yield* visit(one, `${path}.items[${at}]`, inner)
  else if (schema.items) yield* visit(schema.items, `${path}.items`, inner)
  yield* extensions(schema, path)
  if (schema['x-kubernetes-list-type'] ?? schema['x-kubernetes-list-map-keys'])
    yield* listMap(schema, path)
  for (const [at, rule] of (schema['x-kubernetes-validations'] ?? []).entries())
    yield* ruleTexts(rule, `${path}.x-kubernetes-validations[${at}]`)
}

const isSchemaOrBoolean = (value: unknown) =>
  typeof value === 'boolean' || (typeof value === 'object' && !Array.isArray(value))

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']

const unsupported = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const

function* keywords(schema: JsonSchemaProps, path: string, place: Place): Errors {
  if (schema.type && !types.includes(schema.type))
    yield notSupported(`${path}.type`, schema.type, types)
  if (schema.default !== undefined && schema.default !== null && place.noDefaults !== '')
    yield forbidden(`${path}.default`, `must not be set ${place.noDefaults}`)
  for (const keyword of unsupported)
    if (schema[keyword] !== undefined && schema[keyword] !== '')
      yield forbidden(`${path}.${keyword}`, `${keyword} is not supported`)
  if (schema.$schema) yield invalid(path, '', "OpenAPIV3Schema 'schema' is not supported")
  if (schema.type === 'null')
    yield forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative')
  if (Array.isArray(schema.items))
    yield forbidden(`${path}.items`, 'items must be a schema object and not an array')
  else if (schema.items !== undefined && typeof schema.items !== 'object')
    yield invalid(`${path}.items`, schema.items, 'JSON schema expected')
  if (place.insideMetadata && schema['x-kubernetes-embedded-resource'])
    yield forbidden(
      `${path}.x-kubernetes-embedded-resource`,
      'must not be used inside of resource meta',
    )
  if (schema.uniqueItems)
    yield forbidden(
      `${path}.uniqueItems`,
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    )
}

/** A required type that is missing, or another one. */
const typeError = (path: string, type: string | undefined, what: string): FieldError =>
  type ? invalid(`${path}.type`, type, what) : required(`${path}.type`, what)

function* extensions(schema: JsonSchemaProps, path: string): Errors {
  const mapType = schema['x-kubernetes-map-type']
  const listType = schema['x-kubernetes-list-type']
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    yield invalid(
      `${path}.x-kubernetes-preserve-unknown-fields`,
      false,
      'must be true or undefined',
    )
  if (mapType !== undefined && schema.type !== 'object')
    yield typeError(path, schema.type, 'must be object if x-kubernetes-map-type is specified')
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
    yield notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])
  if (listType !== undefined && schema.type !== 'array')
    yield typeError(path, schema.type, 'must be array if x-kubernetes-list-type is specified')
  else if (listType === 'set') yield* setItems(schema, path)
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    yield notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map'])
}

/** Items of a set are one value each. */
function* setItems({ items }: JsonSchemaProps, path: string): Errors {
  if (!items || Array.isArray(items)) return
  const what = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const listType = items['x-kubernetes-list-type']
  const mapType = items['x-kubernetes-map-type']
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    yield invalid(`${path}.items.x-kubernetes-list-type`, listType, what)
  if (items.type === 'object' && mapType !== 'atomic')
    yield invalid(`${path}.items.x-kubernetes-map-type`, mapType, what)
}

function* listMap(schema: JsonSchemaProps, path: string): Errors {
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (keys.length > 0 && listType !== 'map') {
    const what = 'must be map if x-kubernetes-list-map-keys is non-empty'
    const field = `${path}.x-kubernetes-list-type`
    yield listType === undefined ? required(field, what) : invalid(field, listType, what)
  }
  if (listType === 'map') yield* listMapItems(schema, keys, path)
  if (listType === 'map' || listType === 'set') yield* neverNull(schema, keys, listType, path)
}

function* listMapItems({ items }: JsonSchemaProps, keys: readonly string[], path: string): Errors {
  const keysPath = `${path}.x-kubernetes-list-map-keys`
  if (keys.length === 0)
    yield required(keysPath, 'must not be empty if x-kubernetes-list-type is map')
  if (!items)
    return yield required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')
  if (Array.isArray(items))
    return yield invalid(
      `${path}.items`,
      items,
      'must only have a single schema if x-kubernetes-list-type is map',
    )
  if (items.type !== 'object')
    return yield invalid(
      `${path}.items.type`,
      items.type ?? '',
      "must be object if parent array's x-kubernetes-list-type is map",
    )
  const seen = new Set<string>()
  for (const key of keys) {
    const property = propertyOf(items, key)
    if (!property) yield invalid(keysPath, keys, 'entries must all be names of item properties')
    else if (property.type === 'array' || property.type === 'object')
      yield invalid(
        `${path}.items.properties[${key}].type`,
        items.type,
        "must be a scalar type if parent array's x-kubernetes-list-type is map",
      )
    if (seen.has(key)) yield invalid(keysPath, keys, 'must not contain duplicate entries')
    seen.add(key)
  }
}

const propertyOf = ({ properties }: JsonSchemaProps, name: string) =>
  properties && Object.hasOwn(properties, name) ? properties[name] : undefined

/** By what items are known is always there. */
function* neverNull(
  { items }: JsonSchemaProps,
  keys: readonly string[],
  listType: string,
  path: string,
): Errors {
  if (!items || Array.isArray(items)) return
  if (items.nullable)
    yield forbidden(
      `${path}.items.nullable`,
      `cannot be nullable when x-kubernetes-list-type is ${listType}`,
    )
  if (listType !== 'map') return
  for (const key of keys) {
    const property = propertyOf(items, key)
    if (!property) continue
    const field = `${path}.items.properties[${key}]`
    if (!items.required?.includes(key) && (property.default ?? undefined) === undefined)
      yield required(
        `${field}.default`,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      )
    if (property.nullable)
      yield forbidden(
        `${field}.nullable`,
        'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
      )
  }
}

const reasons = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
]

const hasLineBreak = (text: string) => /[\n\r]/.test(text)

/** What can be said of a rule without compiling it. */
function* ruleTexts(given: ValidationRule, path: string): Errors {
  const { rule = '', message = '', messageExpression = '', reason, fieldPath = '' } = given
  if (rule.trim() === '') yield required(`${path}.rule`, 'rule is not specified')
  else if (message !== '' && message.trim() === '')
    yield invalid(`${path}.message`, message, 'message must be non-empty if specified')
  else if (hasLineBreak(message.trim()))
    yield invalid(`${path}.message`, message, 'message must not contain line breaks')
  else if (hasLineBreak(rule.trim()) && message.trim() === '')
    yield required(`${path}.message`, 'message must be specified if rule contains line breaks')
  if (messageExpression !== '' && messageExpression.trim() === '')
    yield required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified')
  if (reason !== undefined && !reasons.includes(reason))
    yield notSupported(`${path}.reason`, reason, [...reasons])
  if (fieldPath !== '' && fieldPath.trim() === '')
    yield invalid(`${path}.fieldPath`, fieldPath, 'fieldPath must be non-empty if specified')
  if (hasLineBreak(fieldPath))
    yield invalid(`${path}.fieldPath`, fieldPath, 'fieldPath must not contain line breaks')
}
