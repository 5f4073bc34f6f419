/** Built-in definitions as apply sees them: from the list and map types that OpenAPI publishes, and nowhere else. */

import type { MergeType } from '../schema/merge-type.ts'
import { type Definition, definition, type Field, type Type } from '../schema/schema.ts'

const known = new WeakMap<Definition, MergeType>()

/** @param schema the definition's name: `io.k8s.api.apps.v1.Deployment` */
export const builtInType = (schema: string): MergeType => mergeTypeOf(definition(schema))

/** Made once; fields are read when they are first asked for, since definitions refer to themselves. */
export function mergeTypeOf(definition: Definition): MergeType {
  let type = known.get(definition)
  if (!type) {
    type = made(definition)
    known.set(definition, type)
  }
  return type
}

const text: MergeType = { kind: 'atomic', scalar: 'string' }
const untyped: MergeType = { kind: 'atomic', scalar: 'untyped' }
const numeric: MergeType = { kind: 'atomic', scalar: 'numeric' }
const boolean: MergeType = { kind: 'atomic', scalar: 'boolean' }
const deduced: MergeType = { kind: 'deduced' }

function made(definition: Definition): MergeType {
  switch (definition.form) {
    case 'struct':
      return definition.mapType === 'atomic'
        ? { kind: 'atomic', object: struct(definition) }
        : struct(definition)
    case 'duration':
      return text
    case 'time':
    case 'microTime':
    case 'quantity':
    case 'intOrString':
      return untyped
    case 'json':
    case 'schemaOrArray':
    case 'schemaOrBool':
    case 'schemaOrStrings':
      return deduced
    case 'list':
      return { kind: 'atomic', items: deduced }
    default:
      return definition.form satisfies never
  }
}

function struct({ fields }: Definition): MergeType {
  // Any object is a good one: no fields are declared.
  if (fields.size === 0) return { kind: 'map', values: deduced }
  const types = new Map<string, MergeType>()
  return {
    kind: 'struct',
    field(key) {
      const type = types.get(key)
      if (type) return type
      const field = fields.get(key)
      if (!field) return undefined
      const read = fieldType(field)
      types.set(key, read)
      return read
    },
  }
}

function fieldType(field: Field): MergeType {
  const { type, mapType } = field
  if (type.kind === 'list') return listType(field, type.items)
  if (mapType === 'atomic')
    return {
      kind: 'atomic',
      object: type.kind === 'definition' ? struct(type.definition) : read(type),
    }
  if (mapType === 'granular' && type.kind === 'definition') return struct(type.definition)
  return read(type)
}

function listType(
  { listType, listMapKeys, patchStrategies, patchMergeKey }: Field,
  itemType: Type,
): MergeType {
  const items = read(itemType)
  const merged = patchStrategies.includes('merge')
  switch (listType) {
    case 'atomic':
      return { kind: 'atomic', items }
    case 'set':
      return { kind: 'set', items }
    case 'map':
      return listOf(listMapKeys ?? [], itemType, items)
    case undefined:
      if (!merged) return { kind: 'atomic', items }
      return patchMergeKey ? listOf([patchMergeKey], itemType, items) : { kind: 'set', items }
    default:
      return listType satisfies never
  }
}

function listOf(keys: readonly string[], itemType: Type, items: MergeType): MergeType {
  const defaults = new Map<string, unknown>()
  if (itemType.kind === 'definition')
    for (const key of keys) {
      const value = itemType.definition.fields.get(key)?.default
      if (value !== undefined) defaults.set(key, value)
    }
  return { kind: 'list', keys, defaults, items }
}

function read(type: Type): MergeType {
  switch (type.kind) {
    case 'string':
    case 'bytes':
      return text
    case 'boolean':
      return boolean
    case 'int32':
    case 'int64':
    case 'double':
      return numeric
    case 'list':
      return { kind: 'atomic', items: read(type.items) }
    case 'map':
      return { kind: 'map', values: read(type.values) }
    case 'definition':
      return mergeTypeOf(type.definition)
    default:
      return type satisfies never
  }
}
