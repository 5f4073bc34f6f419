/** Sets of fields seen through a type: which of their elements the type names, and what it no longer tells apart. */

import type { MergeType } from '../schema/merge-type.ts'
import { below, branchOf, type Draft, type FieldSet, holds, isEmpty, leaf } from './field-set.ts'
import { fieldName, isField } from './path-element.ts'

/** The type of what an element leads to; `undefined` where the type knows of none. */
function innerType(type: MergeType, element: string): MergeType | undefined {
  switch (type.kind) {
    case 'struct':
      return isField(element) ? (type.field(fieldName(element)) ?? type.rest) : undefined
    case 'map':
      return isField(element) ? type.values : undefined
    case 'list':
      return element.startsWith('k:') ? type.items : undefined
    case 'set':
    case 'atomic':
    case 'deduced':
      return undefined
    default:
      return type satisfies never
  }
}

const isDeclared = (type: MergeType, element: string): boolean =>
  type.kind === 'struct' && isField(element) && type.field(fieldName(element)) !== undefined

/** The set with every declared field that has something of the set below it, so that nothing hangs in the air. */
export function withNamedFields(set: FieldSet, type: MergeType | undefined): FieldSet {
  if (type === undefined) return set
  const named: Draft = {}
  for (const element in set) {
    const branch = set[element]!
    if (element === '.' || isEmpty(branch)) {
      named[element] = branch
      continue
    }
    const inner = innerType(type, element)
    const member = holds(set, element) || isDeclared(type, element)
    named[element] = branchOf(member, withNamedFields(below(branch), inner))!
  }
  return named
}

/** The set as it is now that some of its types have become atomic: owned as a whole by whoever owned a part. */
export const reconciled = (set: FieldSet, type: MergeType): FieldSet =>
  isOutdated(set, type) ? reconcile(set, type) : set

function isOutdated(set: FieldSet, type: MergeType): boolean {
  for (const element in set) {
    const branch = set[element]!
    if (element === '.' || isEmpty(branch)) continue
    const inner = innerType(type, element)
    if (inner && (inner.kind === 'atomic' || isOutdated(branch, inner))) return true
  }
  return false
}

function reconcile(set: FieldSet, type: MergeType): FieldSet {
  const now: Draft = { ...set }
  for (const element in set) {
    const branch = set[element]!
    const inner = element === '.' || isEmpty(branch) ? undefined : innerType(type, element)
    if (inner?.kind === 'atomic') now[element] = leaf
    else if (inner) now[element] = branchOf(holds(set, element), reconcile(below(branch), inner))!
  }
  return now
}
