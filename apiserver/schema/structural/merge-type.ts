/** By what server-side apply merges custom resources: the schema's list and map types, `metadata` by the built-in one. */

import { builtInType } from '../../apply/built-in-types.ts'
import type { MergeType } from '../merge-type.ts'
import { typeFields } from './decode.ts'
import type { Structural } from './structural.ts'

const atomic: MergeType = { kind: 'atomic' }
const untyped: MergeType = { kind: 'atomic', scalar: 'untyped' }
const deduced: MergeType = { kind: 'deduced' }
const anyKeys: MergeType = { kind: 'map', values: deduced }
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** Of a whole resource. */
export const resourceMergeType = (schema: Structural): MergeType => objectType(schema, true, false)

/** @param open whether unknown fields are kept above, which for apply lets them in below as well, to be pruned */
function mergeTypeOf(schema: Structural, open: boolean): MergeType {
  if (schema.intOrString) return atomic
  const { type, format, mapType, embeddedResource } = schema
  switch (type) {
    case 'array':
      return listType(schema, open)
    case 'object': {
      const object = objectType(schema, embeddedResource, open)
      return mapType === 'atomic' ? { kind: 'atomic', object } : object
    }
    case 'integer':
    case 'number':
      return { kind: 'atomic', scalar: 'numeric' }
    case 'boolean':
      return { kind: 'atomic', scalar: 'boolean' }
    case 'string':
      return format === '' || format === 'byte' ? { kind: 'atomic', scalar: 'string' } : untyped
    default:
      return deduced
  }
}

function listType(schema: Structural, open: boolean): MergeType {
  const { listType, listMapKeys, items } = schema
  const type = items && mergeTypeOf(items, open || schema.preserveUnknownFields)
  if (listType === 'set') return { kind: 'set', ...(type && { items: type }) }
  if (listType !== 'map' || !items || !type) return { kind: 'atomic', ...(type && { items: type }) }
  const defaults = new Map<string, unknown>()
  for (const key of listMapKeys) {
    const fallback = items.properties.get(key)?.default
    if (fallback !== undefined) defaults.set(key, fallback)
  }
  return { kind: 'list', keys: listMapKeys, defaults, items: type }
}

function objectType(schema: Structural, resource: boolean, above: boolean): MergeType {
  const { properties, additionalProperties: additional, preserveUnknownFields } = schema
  const open = above || preserveUnknownFields
  if (typeof additional === 'object') return { kind: 'map', values: mergeTypeOf(additional, open) }
  if (!resource && properties.size === 0) return anyKeys
  const known = new Map<string, MergeType>()
  return {
    kind: 'struct',
    field(name) {
      const made = known.get(name)
      if (made) return made
      const property = properties.get(name)
      const own = (resource && metaType(name)) || (property && mergeTypeOf(property, open))
      // Only declared names are kept: their number is the schema's, not the client's.
      if (own && property) known.set(name, own)
      return own || undefined
    },
    ...((open || additional === true) && { rest: deduced }),
  }
}

function metaType(name: string): MergeType | undefined {
  if (name === 'metadata') return builtInType(objectMeta)
  return typeFields.has(name) ? atomic : undefined
}
