/** What differs between two versions of a value, as sets of fields: whoever makes a change owns what it changed. */

import { same as isSame } from '../../api/same.ts'
import { equal } from '../patch/json-value.ts'
import type { MergeType } from '../schema/merge-type.ts'
import {
  deducedType,
  elementOf,
  fieldOf,
  isObject,
  isOwnName,
  itemsByElement,
  itemType,
  type JsonObject,
  type ListType,
  listIn,
  objectIn,
} from './elements.ts'
import { type Draft, type FieldSet, leaf, none } from './field-set.ts'
import { fieldElement } from './path-element.ts'

/** No field is in more than one of them. */
export interface Comparison {
  /** In the first only. */
  removed: FieldSet
  /** In both, with different values. */
  modified: FieldSet
  /** In the second only. */
  added: FieldSet
}

type Difference = Partial<Comparison>

const same: Difference = Object.freeze({})

/** Undefined is absent; null is a value. @throws TypeMismatch */
export function compare(before: unknown, after: unknown, type: MergeType): Comparison {
  const { removed = none, modified = none, added = none } = differ(before, after, type)
  return { removed, modified, added }
}

function differ(before: unknown, after: unknown, type: MergeType): Difference {
  if (before === after) return same
  if (before === undefined) return { added: everything(after, type) }
  if (after === undefined) return { removed: everything(before, type) }
  switch (type.kind) {
    case 'atomic':
      return equal(before, after) ? same : { modified: leaf }
    case 'deduced':
      return differDeduced(before, after)
    case 'struct':
    case 'map':
      return differObjects(objectIn(before), objectIn(after), type) ?? differLeaves(before, after)
    case 'set':
    case 'list':
      if (isSame(before, after)) return same
      return differLists(listIn(before), listIn(after), type) ?? differLeaves(before, after)
    default:
      return type satisfies never
  }
}

const differLeaves = (before: unknown, after: unknown): Difference =>
  equal(before, after) ? same : { modified: leaf }

/** An object that gives way to something else is gone field by field; the value is another one. */
function differDeduced(before: unknown, after: unknown): Difference {
  const one = before === null ? after : before
  const other = after === null ? before : after
  const type = deducedType(one)
  if (type.kind === deducedType(other).kind) return differ(before, after, type)
  const open = isObject(one) ? type : deducedType(other)
  const { removed, added } = isObject(one) ? differ(one, null, open) : differ(null, other, open)
  return { modified: leaf, ...(removed && { removed }), ...(added && { added }) }
}

/** Differences below one value, put together child by child. */
class Differences {
  #removed: Draft | undefined
  #modified: Draft | undefined
  #added: Draft | undefined

  put(element: string, { removed, modified, added }: Difference): void {
    if (removed) {
      this.#removed ??= {}
      this.#removed[element] = removed
    }
    if (modified) {
      this.#modified ??= {}
      this.#modified[element] = modified
    }
    if (added) {
      this.#added ??= {}
      this.#added[element] = added
    }
  }

  get all(): Difference {
    const removed = this.#removed
    const modified = this.#modified
    const added = this.#added
    return {
      ...(removed && { removed }),
      ...(modified && { modified }),
      ...(added && { added }),
    }
  }
}

/** `undefined`: both are empty, which makes them leaves. */
function differObjects(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  type: Extract<MergeType, { kind: 'struct' | 'map' }>,
): Difference | undefined {
  const found = new Differences()
  let empty = true
  for (const name in before) {
    empty = false
    const mine = before[name]
    const theirs = after && Object.hasOwn(after, name) ? after[name] : undefined
    if (mine !== theirs)
      found.put(
        fieldElement(name, !isOwnName(type, name)),
        differ(mine, theirs, fieldOf(type, name)),
      )
  }
  for (const name in after) {
    empty = false
    if (before && Object.hasOwn(before, name)) continue
    const theirs = after[name]
    if (theirs !== undefined)
      found.put(fieldElement(name, !isOwnName(type, name)), {
        added: everything(theirs, fieldOf(type, name)),
      })
  }
  return empty ? undefined : found.all
}

function differLists(
  before: readonly unknown[] = [],
  after: readonly unknown[] = [],
  type: ListType,
): Difference | undefined {
  if (before.length === 0 && after.length === 0) return undefined
  const found = new Differences()
  const mine = itemsByElement(before, type)
  const theirs = itemsByElement(after, type)
  const items = itemType(type)
  for (const [element, ours] of mine)
    found.put(element, differItems(ours, theirs.get(element) ?? [], items))
  for (const [element, others] of theirs)
    if (!mine.has(element)) found.put(element, differItems([], others, items))
  return found.all
}

/** Items that share an element are one value together. */
function differItems(
  before: readonly unknown[],
  after: readonly unknown[],
  type: MergeType,
): Difference {
  if (before.length <= 1 && after.length <= 1) return differ(before[0], after[0], type)
  if (before.length > 1 && after.length > 1) return equal(before, after) ? same : { modified: leaf }
  if (before.length > 1)
    return { removed: leaf, ...(after.length > 0 && { added: everything(after[0], type) }) }
  return { added: leaf, ...(before.length > 0 && { removed: everything(before[0], type) }) }
}

/** The branch of a value that is all there or all gone: every level of it, and its leaves. @throws TypeMismatch */
export function everything(value: unknown, type: MergeType): FieldSet {
  switch (type.kind) {
    case 'atomic':
      return leaf
    case 'deduced':
      return everything(value, deducedType(value))
    case 'struct':
    case 'map': {
      let branch: Draft | undefined
      const object = objectIn(value)
      for (const name in object) {
        const inner = object[name]
        if (inner === undefined) continue
        branch ??= { '.': leaf }
        branch[fieldElement(name, !isOwnName(type, name))] = everything(inner, fieldOf(type, name))
      }
      return branch ?? leaf
    }
    case 'set':
    case 'list':
      return everyItem(listIn(value) ?? [], type)
    default:
      return type satisfies never
  }
}

function everyItem(items: readonly unknown[], type: ListType): FieldSet {
  if (items.length === 0) return leaf
  const branch: Draft = { '.': leaf }
  for (const item of items) {
    const element = elementOf(item, type)
    branch[element] = element in branch ? leaf : everything(item, itemType(type))
  }
  return branch
}
