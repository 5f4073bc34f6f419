/** Built-in kinds as types of expressions, by the same description that decoding and OpenAPI go by. */

import { type Definition, definition, type Type as SchemaType } from '../schema/schema.ts'
import * as types from './types.ts'
import { escapeFieldName, type ObjectField, type ObjectType, type Type } from './types.ts'

const known = new Map<string, ObjectType>()

/** @param name of a struct: `io.k8s.api.apps.v1.Deployment` */
export function typeOfDefinition(name: string): ObjectType {
  let type = known.get(name)
  if (!type) {
    type = objectOf(definition(name))
    known.set(name, type)
  }
  return type
}

/** Read when it is first asked for: definitions refer to themselves. */
function objectOf({ name, fields }: Definition): ObjectType {
  let read: Map<string, ObjectField> | undefined
  const all = () => {
    if (!read) {
      read = new Map()
      for (const [key, field] of fields) {
        const escaped = escapeFieldName(key)
        if (escaped !== undefined) read.set(escaped, { key, type: typeOf(field.type) })
      }
    }
    return read
  }
  return {
    kind: 'object',
    name,
    field: (field) => all().get(field),
    nameOf: (key) => (fields.has(key) ? escapeFieldName(key) : undefined),
  }
}

function typeOf(type: SchemaType): Type {
  switch (type.kind) {
    case 'string':
      return types.string
    case 'double':
      return types.double
    case 'bytes':
      return types.bytes
    case 'boolean':
      return types.bool
    case 'int32':
    case 'int64':
      return types.int
    case 'list':
      return types.list(typeOf(type.items))
    case 'map':
      return types.map(types.string, typeOf(type.values))
    case 'definition':
      return typeOfForm(type.definition)
    default:
      return type satisfies never
  }
}

function typeOfForm({ form, name }: Definition): Type {
  switch (form) {
    case 'struct':
      return typeOfDefinition(name)
    case 'time':
    case 'microTime':
      return types.timestamp
    case 'duration':
    case 'quantity':
      return types.string
    case 'list':
      return types.list(types.dyn)
    case 'intOrString':
    case 'json':
    case 'schemaOrArray':
    case 'schemaOrBool':
    case 'schemaOrStrings':
      return types.dyn
    default:
      return form satisfies never
  }
}
