/**
 * The fields of an object that is new: what it says beyond what every object of its kind says. It is what comparing it
 * with the empty object finds (`comparison.ts`), worked out in one walk as the text in which it will be written: objects
 * made of one template have the same, and share one set. It knows nothing of managers.
 */

import { frozen } from '../../api/frozen.ts'
import { same } from '../../api/same.ts'
import { equal } from '../patch/json-value.ts'
import type { MergeType } from '../schema/merge-type.ts'
import {
  deducedType,
  elementOf,
  fieldOf,
  isOwnName,
  itemType,
  type JsonObject,
  type ListType,
  listIn,
  objectIn,
} from './elements.ts'
import { type FieldSet, inOrder, none } from './field-set.ts'
import { compareElements, fieldElement } from './path-element.ts'
import { untrackedFields, untrackedMetadata } from './tracked-fields.ts'

type Fields = Extract<MergeType, { kind: 'struct' | 'map' }>

/** A branch as it is written; empty: there is nothing. */
type Text = string

const nothing: Text = ''
const leaf: Text = '{}'
const member = '".":{}'

/**
 * What whoever makes the object owns of it, in order; not to be changed.
 * @param empty an object of the kind that says nothing: no list in it has items
 * @throws TypeMismatch
 */
export function fieldsOfNew(
  empty: JsonObject,
  object: JsonObject,
  type: Extract<MergeType, { kind: 'struct' }>,
): FieldSet {
  const text = differences(empty, object, type, untrackedFields)
  return text === nothing ? none : setOf(text)
}

/** Texts whose sets are kept, and the characters of the longest: some megabytes in all. */
const mostKept = 256
const longestKept = 8_192
const kept = new Map<Text, FieldSet>()

function setOf(text: Text): FieldSet {
  const known = kept.get(text)
  if (known) return known
  const set = inOrder(frozen(JSON.parse(text) as FieldSet))
  if (text.length > longestKept) return set
  if (kept.size >= mostKept) {
    const [oldest] = kept.keys()
    if (oldest !== undefined) kept.delete(oldest)
  }
  kept.set(text, set)
  return set
}

/** What `after` says otherwise than `before`, or in addition. */
function changed(before: unknown, after: unknown, type: MergeType): Text {
  if (before === after || after === undefined) return nothing
  if (before === undefined) return everything(after, type)
  switch (type.kind) {
    case 'atomic':
      return equal(before, after) ? nothing : leaf
    case 'struct':
    case 'map': {
      const mine = objectIn(before)
      const theirs = objectIn(after)
      if (hasNone(mine) && hasNone(theirs)) return equal(before, after) ? nothing : leaf
      return differences(mine, theirs, type)
    }
    case 'set':
    case 'list':
      return same(before, after) ? nothing : items(listIn(after) ?? [], type, nothing) || leaf
    case 'deduced':
      return changed(before, after, deducedType(after))
    default:
      return type satisfies never
  }
}

const hasNone = (object: JsonObject | undefined): boolean => {
  for (const _ in object) return false
  return true
}

function differences(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  type: Fields,
  ignored?: ReadonlySet<string>,
): Text {
  let text = ''
  for (const name of namesOf(after)) {
    if (ignored?.has(name)) continue
    const theirs = after![name]
    const mine = before && Object.hasOwn(before, name) ? before[name] : undefined
    const field = fieldOf(type, name)
    const found =
      ignored && name === 'metadata' && field.kind === 'struct'
        ? differences(objectIn(mine), objectIn(theirs), field, untrackedMetadata)
        : changed(mine, theirs, field)
    if (found === nothing) continue
    text += `${text === '' ? '' : ','}${keyOf(name, type)}${found}`
  }
  return text === '' ? nothing : `{${text}}`
}

/** The branch of a value that is all there: every level of it, and its leaves. */
function everything(value: unknown, type: MergeType): Text {
  switch (type.kind) {
    case 'atomic':
      return leaf
    case 'deduced':
      return everything(value, deducedType(value))
    case 'struct':
    case 'map': {
      const object = objectIn(value)
      let text = ''
      for (const name of namesOf(object)) {
        const inner = object![name]
        if (inner === undefined) continue
        const key = keyOf(name, type)
        text += `,${key}${everything(inner, fieldOf(type, name))}`
      }
      return text === '' ? leaf : `{${member}${text}}`
    }
    case 'set':
    case 'list':
      return items(listIn(value) ?? [], type, member) || leaf
    default:
      return type satisfies never
  }
}

/** @param first what stands before the items, if there are any */
function items(list: readonly unknown[], type: ListType, first: Text): Text {
  if (list.length === 0) return nothing
  const inner = itemType(type)
  const found = list.map((item): Item => ({ element: elementOf(item, type), item }))
  let sorted = true
  for (let at = 1; sorted && at < found.length; at++)
    sorted = byElement(found[at - 1]!, found[at]!) < 0
  if (!sorted) found.sort(byElement)
  let text = first
  for (let at = 0; at < found.length; at++) {
    const { element, item } = found[at]!
    const again = found[at + 1]?.element === element
    // Of one that stands twice below others the first is looked at all the same.
    const whole = again && first === nothing ? leaf : everything(item, inner)
    while (found[at + 1]?.element === element) at++
    text += `${text === '' ? '' : ','}${JSON.stringify(element)}:${again ? leaf : whole}`
  }
  return `{${text}}`
}

interface Item {
  element: string
  item: unknown
}

const byElement = (one: Item, other: Item) => compareElements(one.element, other.element)

const noNames: readonly string[] = []

function namesOf(object: JsonObject | undefined): readonly string[] {
  return object ? Object.keys(object).sort() : noNames
}

/** Names of declared fields are few. */
const keys = new Map<string, string>()

function keyOf(name: string, type: Fields): string {
  if (isOwnName(type, name)) return `${JSON.stringify(fieldElement(name))}:`
  let key = keys.get(name)
  if (key === undefined) {
    key = `${JSON.stringify(fieldElement(name, true))}:`
    keys.set(name, key)
  }
  return key
}
