/** Objects of a kind as types of expressions, by the schema under which they are published. What that leaves open is. */

import { typeOfDefinition } from '../../cel/definition-types.ts'
import type { Type } from '../../cel/types.ts'
import * as types from '../../cel/types.ts'
import type { Resource } from '../../resources/resource.ts'

/** As far as its type goes. */
interface Published {
  type?: string
  format?: string
  items?: Published
  properties?: Readonly<Record<string, Published>>
  additionalProperties?: Published | boolean
  allOf?: readonly { $ref?: string }[]
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** Dynamic where nothing is known of the kind. */
export function objectTypeOf({ schema, custom, kind }: Resource): Type {
  if (schema !== undefined) return typeOfDefinition(schema)
  return custom ? typeOf(custom.openApi('v3') as Published, kind) : types.dyn
}

/** @param name by which it is told from other types */
function typeOf(schema: Published, name: string): Type {
  if (schema.allOf?.some(({ $ref = '' }) => $ref.endsWith(objectMeta)))
    return typeOfDefinition(objectMeta)
  if (schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'])
    return types.dyn
  switch (schema.type) {
    case 'string':
      return textTypes.get(schema.format ?? '') ?? types.string
    case 'boolean':
      return types.bool
    case 'integer':
      return types.int
    case 'number':
      return types.double
    case 'array':
      return types.list(schema.items ? typeOf(schema.items, `${name}.items`) : types.dyn)
    case 'object':
      return structured(schema, name)
    default:
      return types.dyn
  }
}

const textTypes = new Map<string, Type>([
  ['byte', types.bytes],
  ['duration', types.duration],
  ['date', types.timestamp],
  ['date-time', types.timestamp],
])

function structured({ properties, additionalProperties: values }: Published, name: string): Type {
  if (properties)
    return types.object(
      name,
      Object.entries(properties).map(([key, value]) => [key, typeOf(value, `${name}.${key}`)]),
    )
  if (typeof values !== 'object') return types.dyn
  return types.map(types.string, typeOf(values, `${name}.values`))
}
