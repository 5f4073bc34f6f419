/** A configuration laid over an object: what it says wins, what it does not say stays. Nothing is removed here. */

import { setOwn } from '../../api/json-text.ts'
import type { MergeType } from '../schema/merge-type.ts'
import {
  deducedType,
  elementOf,
  fieldOf,
  isObject,
  itemsByElement,
  itemType,
  type JsonObject,
  type ListType,
  listIn,
  objectIn,
  TypeMismatch,
} from './elements.ts'

/** May share parts with both, and changes neither. @throws TypeMismatch */
export function merge(live: unknown, config: unknown, type: MergeType): unknown {
  if (config === undefined) return live
  switch (type.kind) {
    case 'atomic':
      return config
    case 'deduced': {
      const open = deducedType(config ?? live)
      const mergeable = isObject(live) || live === undefined || live === null
      return open.kind === 'map' && mergeable ? merge(live, config, open) : config
    }
    case 'struct':
    case 'map':
      return mergeObjects(objectIn(live), objectIn(config), type) ?? config
    case 'set':
    case 'list':
      return mergeLists(listIn(live) ?? [], listIn(config) ?? [], type) ?? config
    default:
      return type satisfies never
  }
}

/** `undefined`: both are empty, and the configuration says which kind of nothing it is. */
function mergeObjects(
  live: JsonObject = {},
  config: JsonObject = {},
  type: Extract<MergeType, { kind: 'struct' | 'map' }>,
): JsonObject | undefined {
  const merged = {}
  for (const name of Object.keys(live)) {
    const said = Object.hasOwn(config, name) ? config[name] : undefined
    setOwn(merged, name, merge(live[name], said, fieldOf(type, name)))
  }
  for (const name of Object.keys(config))
    if (!Object.hasOwn(live, name))
      setOwn(merged, name, merge(undefined, config[name], fieldOf(type, name)))
  return Object.keys(merged).length > 0 ? merged : undefined
}

/**
 * Items in the configuration's order; those that only the live list has keep their place behind the items that they
 * followed. Live items that share an element with others give way together.
 */
function mergeLists(
  live: readonly unknown[],
  config: readonly unknown[],
  type: ListType,
): unknown[] | undefined {
  if (live.length === 0 && config.length === 0) return undefined
  const mine = itemsByElement(live, type)
  const said = itemsByElement(config, type)
  for (const [element, items] of said)
    if (items.length > 1) throw new TypeMismatch(`duplicate entries for key ${element}`)
  const mergeItem = (element: string) => {
    const items = mine.get(element) ?? []
    const known = items.length > 1 ? null : items[0]
    return merge(known, said.get(element)![0], itemType(type))
  }
  const merged: unknown[] = []
  for (const step of interleave(live, [...said.keys()], mine, type))
    merged.push('element' in step ? mergeItem(step.element) : step.item)
  return merged
}

type Step = { item: unknown } | { element: string }

/** The order of a merged list: each item of the live list that stays as it is, each element of the configuration. */
function* interleave(
  live: readonly unknown[],
  said: readonly string[],
  mine: ReadonlyMap<string, unknown>,
  type: ListType,
): Generator<Step> {
  const places = live.map((item) => elementOf(item, type))
  const wanted = new Set(said)
  const shared = said.filter((element) => mine.has(element))
  const done = new Set<string>()
  let turn = 0
  let at = 0
  let to = 0
  while (at < places.length || to < said.length) {
    const element = places[at]
    if (element !== undefined && to < said.length) {
      if (element === said[to]) {
        done.add(element)
        yield { element }
        at++
        to++
        turn++
        continue
      }
      // Shared, and not the one whose turn it is.
      const nextShared = shared[turn]
      if (wanted.has(element) && nextShared !== undefined && nextShared !== element) {
        at++
        continue
      }
    }
    if (element !== undefined) {
      if (!wanted.has(element)) {
        yield { item: live[at] }
        at++
        continue
      }
      if (done.has(element)) at++
    }
    const next = said[to]
    if (next !== undefined) {
      done.add(next)
      yield { element: next }
      to++
      if (next === shared[turn]) turn++
    }
  }
}
