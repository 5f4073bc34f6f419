/** Definitions as JSON schemas, in the dialect of OpenAPI v2 or v3. */

import type { Descriptions } from './descriptions.ts'
import { type Definition, definition, type Field, type Form, type Type } from './schema.ts'

export type Dialect = 'v2' | 'v3'
type JsonSchema = Record<string, unknown>

const homes: Record<Dialect, string> = { v2: '#/definitions/', v3: '#/components/schemas/' }

export const reference = (name: string, dialect: Dialect): JsonSchema => ({
  $ref: homes[dialect] + name,
})

/** The named definitions and all that they refer to, sorted by name. */
export function schemasOf(
  names: Iterable<string>,
  dialect: Dialect,
  descriptions: Descriptions,
): Record<string, JsonSchema> {
  const found = new Set<string>()
  for (const name of names) collect(name, found)
  const schemas: Record<string, JsonSchema> = {}
  for (const name of [...found].sort())
    schemas[name] = definitionSchema(definition(name), dialect, descriptions.get(name))
  return schemas
}

function collect(name: string, found: Set<string>): void {
  if (found.has(name)) return
  found.add(name)
  const { form, fields } = definition(name)
  if (form !== 'struct') return
  for (const { type } of fields.values()) {
    const referred = namedIn(type)
    if (referred) collect(referred, found)
  }
}

/** The definition that a type refers to; list wrappers are written out. */
function namedIn(type: Type): string | undefined {
  switch (type.kind) {
    case 'list':
      return namedIn(type.items)
    case 'map':
      return namedIn(type.values)
    case 'definition':
      return type.definition.form === 'list' ? undefined : type.name
    default:
      return undefined
  }
}

function definitionSchema(
  { name, form, fields, kinds, mapType, unions }: Definition,
  dialect: Dialect,
  texts: ReadonlyMap<string, string> | undefined,
): JsonSchema {
  const text = texts?.get('')
  const about = text === undefined || text === '' ? {} : { description: text }
  // Of the forms that hold any JSON only this one may be other than an object.
  if (name.endsWith('.JSON')) return about
  if (form !== 'struct') return { ...about, ...formSchema(form, dialect) }
  const properties: Record<string, JsonSchema> = {}
  for (const field of [...fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1)))
    properties[field.name] = fieldSchema(field, dialect, texts?.get(field.name))
  const required = [...fields.values()].filter((field) => field.required).map(({ name }) => name)
  return {
    ...about,
    type: 'object',
    ...(required.length > 0 && { required }),
    ...(fields.size > 0 && { properties }),
    ...(kinds.length > 0 && { 'x-kubernetes-group-version-kind': kinds }),
    ...(mapType && { 'x-kubernetes-map-type': mapType }),
    ...(unions && { 'x-kubernetes-unions': unions }),
  }
}

function fieldSchema(field: Field, dialect: Dialect, text: string | undefined): JsonSchema {
  const fallback =
    field.default ?? (dialect === 'v3' && !field.pointer && isStruct(field.type) ? {} : undefined)
  const extras: JsonSchema = {
    ...(text !== undefined && text !== '' && { description: text }),
    ...(fallback !== undefined && { default: fallback }),
    ...(dialect === 'v3' && field.enum && field.type.kind === 'string' && { enum: field.enum }),
    ...(field.listType && { 'x-kubernetes-list-type': field.listType }),
    ...(field.listMapKeys && { 'x-kubernetes-list-map-keys': field.listMapKeys }),
    ...(field.mapType && { 'x-kubernetes-map-type': field.mapType }),
    ...(field.patchStrategies.length > 0 && {
      'x-kubernetes-patch-strategy': field.patchStrategies.join(','),
    }),
    ...(field.patchMergeKey && { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
  }
  const schema = typeSchema(field.type, dialect)
  // Beside a $ref nothing else counts in v3.
  return dialect === 'v3' && '$ref' in schema && Object.keys(extras).length > 0
    ? { allOf: [schema], ...extras }
    : { ...extras, ...schema }
}

const isStruct = (type: Type) => type.kind === 'definition' && type.definition.form === 'struct'

function typeSchema(type: Type, dialect: Dialect): JsonSchema {
  switch (type.kind) {
    case 'string':
    case 'boolean':
      return { type: type.kind }
    case 'int32':
    case 'int64':
      return { type: 'integer', format: type.kind }
    case 'double':
      return { type: 'number', format: 'double' }
    case 'bytes':
      return { type: 'string', format: 'byte' }
    case 'list':
      return { type: 'array', items: typeSchema(type.items, dialect) }
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(type.values, dialect) }
    case 'definition': {
      if (type.definition.form !== 'list') return reference(type.name, dialect)
      return typeSchema(type.definition.fields.get('items')!.type, dialect)
    }
    default:
      return type satisfies never
  }
}

function formSchema(form: Exclude<Form, 'struct'>, dialect: Dialect): JsonSchema {
  switch (form) {
    case 'time':
    case 'microTime':
      return { type: 'string', format: 'date-time' }
    case 'duration':
      return { type: 'string' }
    case 'quantity':
      return dialect === 'v3'
        ? { oneOf: [{ type: 'string' }, { type: 'number' }] }
        : { type: 'string' }
    case 'intOrString':
      return dialect === 'v3'
        ? { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
        : { type: 'string', format: 'int-or-string' }
    case 'list':
      return { type: 'array' }
    case 'json':
      return { type: 'object' }
    case 'schemaOrArray':
    case 'schemaOrBool':
    case 'schemaOrStrings':
      return {}
    default:
      return form satisfies never
  }
}
