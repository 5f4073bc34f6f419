/** What apply must know of a kind: its type, what an empty object of it looks like, and which fields are not written. */

import type { KubernetesObject } from '../../api/object.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import type { MergeType } from '../schema/merge-type.ts'
import { type Definition, definition, type Field } from '../schema/schema.ts'
import { structured } from '../schema/structure.ts'
import { builtInType } from './built-in-types.ts'

const deduced: MergeType = { kind: 'deduced' }

export function typeOf({ schema, custom }: Resource): MergeType {
  if (custom) return custom.mergeType
  return schema === undefined ? deduced : builtInType(schema)
}

const empties = new WeakMap<Resource, KubernetesObject>()

/** What a new object is compared with; not to be changed. */
export function emptyObject(resource: Resource): KubernetesObject {
  let empty = empties.get(resource)
  if (!empty) {
    const { schema, kind } = resource
    const fields = schema === undefined ? {} : emptyStruct(definition(schema))
    empty = Object.freeze({
      apiVersion: apiVersionOf(resource),
      kind,
      ...fields,
    }) as unknown as KubernetesObject
    empties.set(resource, empty)
  }
  return empty
}

/** With every field that the API always writes, lists and maps as null: they are there, and nobody adds them. */
function emptyStruct(definition: Definition): Record<string, unknown> {
  const { object } = structured({}, definition)
  for (const field of definition.fields.values()) {
    if (isNullWhenEmpty(field)) object[field.name] = null
    const { type } = field
    if (object[field.name] !== undefined && type.kind === 'definition')
      if (type.definition.form === 'struct') object[field.name] = emptyStruct(type.definition)
  }
  return object
}

const isNullWhenEmpty = ({ type, pointer, omitEmpty }: Field): boolean =>
  !pointer && !omitEmpty && (type.kind === 'list' || type.kind === 'map')
