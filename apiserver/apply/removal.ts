/** A value without the fields and items of a set. */

import { setOwn } from '../../api/json-text.ts'
import type { MergeType } from '../schema/merge-type.ts'
import { deducedType, elementOf, fieldOf, isObject, itemType } from './elements.ts'
import { below, type FieldSet, holds, isEmpty } from './field-set.ts'
import { fieldElement } from './path-element.ts'

/**
 * May share parts with the value, which is left alone. What is atomic goes as a whole or not at all; what has lost
 * all that was in it is null.
 */
export function removeFields(value: unknown, set: FieldSet, type: MergeType): unknown {
  if (isEmpty(set)) return value
  switch (type.kind) {
    case 'deduced':
      return removeFields(value, set, deducedType(value))
    case 'atomic':
      return isObject(value) || Array.isArray(value) ? null : value
    case 'struct':
    case 'map': {
      if (!isObject(value)) return null
      const kept = {}
      for (const name of Object.keys(value)) {
        const element = fieldElement(name)
        if (holds(set, element)) continue
        const inner = set[element]
        const left = inner
          ? removeFields(value[name], below(inner), fieldOf(type, name))
          : value[name]
        setOwn(kept, name, left)
      }
      return Object.keys(kept).length > 0 ? kept : null
    }
    case 'set':
    case 'list': {
      if (!Array.isArray(value)) return null
      const kept: unknown[] = []
      for (const item of value) {
        const element = elementOf(item, type)
        if (holds(set, element)) continue
        const inner = set[element]
        kept.push(inner ? removeFields(item, below(inner), itemType(type)) : item)
      }
      return kept.length > 0 ? kept : null
    }
    default:
      return type satisfies never
  }
}
