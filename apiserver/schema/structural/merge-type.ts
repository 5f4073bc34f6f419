/** By what server-side apply merges custom resources: the schema's list and map types, `metadata` by the built-in one. */

import { builtInType } from '../../apply/built-in-types.ts'
import type { MergeType } from '../merge-type.ts'
import { typeFields } from './decode.ts'
import type { Structural } from './structural.ts'

const atomic: MergeType = { kind: 'atomic' }
const deduced: MergeType = { kind: 'deduced' }
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** Of a whole resource. */
export const resourceMergeType = (schema: Structural): MergeType => objectType(schema, true)

function mergeTypeOf(schema: Structural): MergeType {
  if (schema.intOrString) return atomic
  switch (schema.type) {
    case 'array':
      return listType(schema)
    case 'object':
      return schema.mapType === 'atomic' ? atomic : objectType(schema, schema.embeddedResource)
    case '':
      return schema.preserveUnknownFields ? deduced : atomic
    default:
      return atomic
  }
}

function listType({ listType, listMapKeys, items }: Structural): MergeType {
  if (listType === 'set') return { kind: 'set' }
  if (listType !== 'map' || !items) return atomic
  const defaults = new Map<string, unknown>()
  for (const key of listMapKeys) {
    const fallback = items.properties.get(key)?.default
    if (fallback !== undefined) defaults.set(key, fallback)
  }
  return { kind: 'list', keys: listMapKeys, defaults, items: mergeTypeOf(items) }
}

function objectType(schema: Structural, resource: boolean): MergeType {
  const { properties, additionalProperties: additional, preserveUnknownFields } = schema
  if (typeof additional === 'object') return { kind: 'map', values: mergeTypeOf(additional) }
  if (!resource && properties.size === 0)
    if (preserveUnknownFields || additional === true) return deduced
  const known = new Map<string, MergeType>()
  return {
    kind: 'struct',
    field(name) {
      const made = known.get(name)
      if (made) return made
      const property = properties.get(name)
      const own =
        (resource && metaType(name)) ||
        (property ? mergeTypeOf(property) : preserveUnknownFields ? deduced : undefined)
      // Only declared names are kept: their number is the schema's, not the client's.
      if (own && property) known.set(name, own)
      return own
    },
  }
}

function metaType(name: string): MergeType | undefined {
  if (name === 'metadata') return builtInType(objectMeta)
  return typeFields.has(name) ? atomic : undefined
}
