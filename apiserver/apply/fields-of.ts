/** The fields that an applied configuration speaks of: its leaves, and every item and key that it names. */

import type { MergeType } from '../schema/merge-type.ts'
import {
  deducedType,
  fieldOf,
  isObject,
  isOwnName,
  itemsByElement,
  itemType,
  listIn,
  objectIn,
} from './elements.ts'
import { branchOf, type Draft, type FieldSet, leaf, none } from './field-set.ts'
import { fieldElement } from './path-element.ts'

/** @throws TypeMismatch */
export function fieldsOf(value: unknown, type: MergeType): FieldSet {
  switch (type.kind) {
    case 'atomic':
      return none
    case 'deduced':
      return fieldsOf(value, deducedType(value))
    case 'struct':
    case 'map': {
      const found: Draft = {}
      const object = objectIn(value)
      for (const name in object) {
        const inner = object[name]
        if (inner === undefined) continue
        const branch = fieldBranch(inner, fieldOf(type, name), isOwnName(type, name))
        if (branch) found[fieldElement(name)] = branch
      }
      return found
    }
    case 'set':
    case 'list': {
      const found: Draft = {}
      for (const [element, [item, ...again]] of itemsByElement(listIn(value) ?? [], type))
        found[element] = again.length > 0 ? leaf : branchOf(true, fieldsOf(item, itemType(type)))!
      return found
    }
    default:
      return type satisfies never
  }
}

/** A field with others in it is not spoken of itself, unless its name is the client's own, or nothing is in it. */
function fieldBranch(value: unknown, type: MergeType, named: boolean): FieldSet | undefined {
  const single =
    type.kind === 'atomic' || (type.kind === 'deduced' && deducedType(value).kind === 'atomic')
  const empty = value === null || (isObject(value) && Object.keys(value).length === 0)
  return branchOf(named || single || empty, single ? none : fieldsOf(value, type))
}
