/** Which fields a write may own at all: not those that only the server decides, nor those that it puts back. */

import type { Resource, Subresource } from '../resources/resource.ts'
import {
  below,
  type Draft,
  difference,
  type FieldSet,
  isEmpty,
  setOf,
  without,
} from './field-set.ts'
import { fieldElement, isField } from './path-element.ts'

const path = (...names: string[]) => names.map((name) => fieldElement(name, true))

/** Of an object, never owned by anybody. */
export const untrackedFields: ReadonlySet<string> = new Set(['apiVersion', 'kind'])

/** Of its metadata, which are themselves nobody's either. */
export const untrackedMetadata: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
])

const untracked: FieldSet = setOf(
  ...[...untrackedFields, 'metadata'].map((name) => path(name)),
  ...[...untrackedMetadata].map((name) => path('metadata', name)),
)

export const tracked = (set: FieldSet): FieldSet => difference(set, untracked)

/** What a write cannot change, and so cannot own, nor take from those who do. */
export interface ResetFields {
  /** The rest of the set, with all that is below what stands there gone. */
  keep(set: FieldSet): FieldSet
}

const everything: ResetFields = { keep: (set) => set }

const known = new WeakMap<Resource | Subresource, ResetFields>()

export function resetFields(resource: Resource, subresource: string): ResetFields {
  const part = resource.subresources.find(({ name }) => name === subresource)
  const written = part ?? resource
  let reset = known.get(written)
  if (!reset) {
    reset = part ? resetByPart(part) : subresource === '' ? resetByObject(resource) : everything
    if (part || subresource === '') known.set(written, reset)
  }
  return reset
}

function resetByObject({ subresources, resets = [] }: Resource): ResetFields {
  const apart = subresources.some(({ name }) => name === 'status') ? ['status'] : []
  return allBut([...apart, ...resets])
}

const resetByPart = ({ name, resets, owns }: Subresource): ResetFields =>
  owns ? only(owns) : allBut(resets ?? (name === 'status' ? ['spec'] : []))

function allBut(resets: readonly string[]): ResetFields {
  if (resets.length === 0) return everything
  const reset = setOf(...resets.map((text) => path(...text.split('.'))))
  return { keep: (set) => without(set, reset) }
}

/** What is kept of an object or item: all that is in it, or what is kept of its fields. */
type Pattern = 'all' | { readonly [element: string]: Pattern }

function only(owns: readonly string[]): ResetFields {
  const pattern = patternOf(owns.map((text) => text.split('.')))
  return { keep: (set) => matching(set, pattern) }
}

function patternOf(paths: readonly (readonly string[])[]): Pattern {
  if (paths.some((path) => path.length === 0)) return 'all'
  const firsts = new Set(paths.map(([first]) => first!))
  return Object.fromEntries(
    [...firsts].map((first) => [
      first === anyItem ? anyItem : fieldElement(first, true),
      patternOf(paths.filter((path) => path[0] === first).map(([, ...rest]) => rest)),
    ]),
  )
}

const anyItem = '*'

function matching(set: FieldSet, pattern: Pattern): FieldSet {
  if (pattern === 'all') return set
  const kept: Draft = {}
  for (const element in set) {
    const inner = pattern[isField(element) ? element : anyItem]
    if (inner === undefined) continue
    if (inner === 'all') kept[element] = set[element]!
    else {
      const left = matching(below(set[element]!), inner)
      if (!isEmpty(left)) kept[element] = left
    }
  }
  return kept
}
