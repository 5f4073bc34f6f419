/**
 * The API's own merge: a merge patch in which lists of things with a name merge by that name, as the schema says
 * (`patchStrategy`, `patchMergeKey`), and in which directives delete, replace, retain and order. What kubectl's
 * apply, edit, set and rollout send for built-in kinds. Order: items that the patch (or `$setElementOrder`) names
 * stand in its order, all others keep theirs, put before the first item that followed them in the live list.
 */

import { cloneJson, isRawNumber, setOwn } from '../../api/json-text.ts'
import { badRequest, plainError, unprocessable } from '../http/status.ts'
import { goText } from '../schema/go-text.ts'
import { definition, type Field, type Type } from '../schema/schema.ts'
import { isObject, type JsonObject, jsonType, own } from './json-value.ts'

const patchDirective = '$patch'
const retainKeysDirective = '$retainKeys'
const orderPrefix = '$setElementOrder/'
const deletePrefix = '$deleteFromPrimitiveList/'

const isDirective = (key: string) =>
  key === patchDirective ||
  key === retainKeysDirective ||
  key.startsWith(orderPrefix) ||
  key.startsWith(deletePrefix)

/**
 * A patched copy of `target`, which is left alone and not shared.
 * @param schema the definition's name: `io.k8s.api.apps.v1.Deployment`
 * @throws StatusError 400 malformed directives, in the words of Kubernetes, which answers some of them with 500; 422
 * retained keys that contradict; 500 an item without its merge key, which clients know by that
 */
export function applyStrategicMergePatch(target: object, patch: unknown, schema: string): object {
  if (!isObject(patch))
    throw badRequest(
      `json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`,
    )
  return mergeObject(cloneJson(target) as JsonObject, cloneJson(patch), {
    kind: 'struct',
    fields: definition(schema).fields,
  })
}

/** What is known of the values inside an object. */
type Shape =
  | { kind: 'struct'; fields: ReadonlyMap<string, Field> }
  | { kind: 'map'; values: Type }
  | { kind: 'unknown' }

const unknown: Shape = { kind: 'unknown' }

function shapeOf(type: Type | undefined): Shape {
  if (type?.kind === 'map') return { kind: 'map', values: type.values }
  if (type?.kind === 'definition' && type.definition.form === 'struct')
    return { kind: 'struct', fields: type.definition.fields }
  return unknown
}

interface Lookup {
  shape: Shape
  strategies: readonly string[]
  mergeKey: string | undefined
}

/** How a field merges; lists are looked up with the shape of their items. */
function lookUp(shape: Shape, key: string): Lookup {
  if (shape.kind === 'map')
    return { shape: shapeOf(shape.values), strategies: [], mergeKey: undefined }
  const field = shape.kind === 'struct' ? shape.fields.get(key) : undefined
  const type = field?.type.kind === 'list' ? field.type.items : field?.type
  return {
    shape: shapeOf(type),
    strategies: field?.patchStrategies ?? [],
    mergeKey: field?.patchMergeKey,
  }
}

const unknownDirective = (directive: unknown, where: JsonObject) =>
  badRequest(`unknown patch type: ${goText(directive)} in map: ${goText(where)}`)

const badFormat = (directive: string) => badRequest(`invalid patch format of ${directive}`)

/** Both are the caller's to give away. */
function mergeObject(original: JsonObject, patch: JsonObject, shape: Shape): JsonObject {
  if (Object.hasOwn(patch, patchDirective)) return directed(patch)
  retainKeys(original, patch)
  orderLists(original, patch, shape)
  for (const key of Object.keys(patch)) {
    const value = patch[key]
    if (key.startsWith(deletePrefix))
      deletePrimitives(original, key.slice(deletePrefix.length), value)
    else if (value === null) delete original[key]
    else setOwn(original, key, mergeValue(own(original, key), value, lookUp(shape, key)))
  }
  return original
}

function mergeValue(original: unknown, patch: unknown, { shape, strategies, mergeKey }: Lookup) {
  if (isObject(original) && isObject(patch))
    return strategies.includes('replace') ? settled(patch) : mergeObject(original, patch, shape)
  if (Array.isArray(original) && Array.isArray(patch))
    return strategies.includes('merge') ? mergeList(original, patch, shape, mergeKey) : patch
  return settled(patch)
}

function directed(patch: JsonObject): JsonObject {
  const { [patchDirective]: directive, ...rest } = patch
  if (directive === 'replace') return rest
  if (directive === 'delete') return {}
  throw unknownDirective(directive, patch)
}

/** An item that is there only for what it directs. */
const isMarker = (item: JsonObject) =>
  own(item, patchDirective) === 'delete' ||
  (Object.hasOwn(item, patchDirective) && Object.keys(item).length === 1)

/** A patch's value where there is nothing to merge it into: without nulls and directives. */
function settled(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !isObject(item) || !isMarker(item)).map(settled)
  if (!isObject(value)) return value
  const result: JsonObject = {}
  for (const key of Object.keys(value))
    if (value[key] !== null && !isDirective(key)) {
      const inner = value[key]
      if (!isObject(inner) || own(inner, patchDirective) !== 'delete')
        setOwn(result, key, settled(inner))
    }
  return result
}

/** `$retainKeys: [a, b]`: what the live object has besides goes. */
function retainKeys(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, retainKeysDirective)) return
  const listed = patch[retainKeysDirective]
  delete patch[retainKeysDirective]
  if (!Array.isArray(listed)) throw badFormat('retainKeys')
  const retained = new Set<unknown>(listed)
  for (const key of Object.keys(patch))
    if (patch[key] !== null && !isDirective(key) && !retained.has(key)) throw unprocessable()
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key]
}

function deletePrimitives(original: JsonObject, key: string, listed: unknown): void {
  if (!Array.isArray(listed)) throw badFormat('primitive list')
  const live = own(original, key)
  if (!Array.isArray(live)) return
  const gone = new Set(listed.map(identity))
  setOwn(
    original,
    key,
    live.filter((item) => !gone.has(identity(item))),
  )
}

/** `$setElementOrder/x` merges `x` at once, as the order rules over both. */
function orderLists(original: JsonObject, patch: JsonObject, shape: Shape): void {
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(orderPrefix)) continue
    const order = patch[directive]
    const key = directive.slice(orderPrefix.length)
    delete patch[directive]
    const live = own(original, key)
    const change = own(patch, key)
    if (!Array.isArray(order)) throw badFormat('setElementOrder list')
    if (live !== undefined && !Array.isArray(live)) throw badFormat('setElementOrder list')
    if (change === null) continue
    if (change !== undefined && !Array.isArray(change)) throw badFormat('setElementOrder list')
    if (!live && !change) continue
    const { shape: items, strategies, mergeKey } = lookUp(shape, key)
    checkOrder(change ?? [], order, mergeKey)
    const merged = !live
      ? (settled(change) as unknown[])
      : !change
        ? live
        : strategies.includes('merge')
          ? mergeList([...live], change, items, mergeKey)
          : change
    setOwn(original, key, ordered(merged, order, live ?? [], mergeKey))
    delete patch[key]
  }
}

/** What the patch adds or changes must stand in the order list, in that order. */
function checkOrder(change: unknown[], order: unknown[], mergeKey: string | undefined): void {
  if (change.length === 0 || order.length === 0) return
  const kept = change.filter((item) => !isObject(item) || !Object.hasOwn(item, patchDirective))
  let at = 0
  for (const item of order)
    if (at < kept.length && keyOf(kept[at], mergeKey) === keyOf(item, mergeKey)) at++
  if (at < kept.length)
    throw badRequest(
      `The order in patch list:\n${goText(change)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    )
}

function mergeList(
  original: unknown[],
  patch: unknown[],
  shape: Shape,
  mergeKey: string | undefined,
): unknown[] {
  const first = original[0] ?? patch[0]
  if (first === undefined) return original
  if (Array.isArray(first)) throw unprocessable()
  if (!isObject(first)) {
    const merged = new Map([...original, ...patch].map((item) => [identity(item), item]))
    return ordered([...merged.values()], patch, original, undefined)
  }
  if (mergeKey === undefined)
    throw badRequest(`cannot merge lists without merge key for ${goText(original)}`)
  const { live, changes } = withoutSpecial(original, patch, mergeKey)
  return ordered(mergeItems([...live], changes, shape, mergeKey), changes, live, mergeKey)
}

/** Carries out `$patch` in items: they delete by key, or make the list the patch's own. */
function withoutSpecial(
  original: unknown[],
  patch: unknown[],
  mergeKey: string,
): { live: unknown[]; changes: JsonObject[] } {
  const changes: JsonObject[] = []
  const deleted = new Set<string>()
  let replace = false
  for (const item of patch) {
    if (!isObject(item)) throw badRequest('invalid JSON document')
    const directive = own(item, patchDirective)
    if (directive === undefined) changes.push(item)
    else if (directive === 'delete') deleted.add(keyOf(item, mergeKey))
    else if (directive === 'replace') replace = true
    else if (directive === 'merge')
      throw badRequest('merging lists cannot yet be specified in the patch')
    else throw unknownDirective(directive, item)
  }
  if (replace) return { live: settled(changes) as unknown[], changes: [] }
  return { live: original.filter((item) => !deleted.has(keyOf(item, mergeKey))), changes }
}

function mergeItems(
  merged: unknown[],
  changes: JsonObject[],
  shape: Shape,
  mergeKey: string,
): unknown[] {
  const places = new Map<string, number>()
  // The first of those with the same key is the one that merges.
  for (const [at, item] of [...merged.entries()].reverse()) places.set(keyOf(item, mergeKey), at)
  for (const change of changes) {
    const key = keyOf(change, mergeKey)
    const at = places.get(key)
    if (at === undefined) {
      places.set(key, merged.length)
      merged.push(settled(change))
    } else merged[at] = mergeObject(merged[at] as JsonObject, change, shape)
  }
  return merged
}

/** What tells items apart: the merge key's value, or a scalar itself. */
function keyOf(item: unknown, mergeKey: string | undefined): string {
  if (mergeKey === undefined) return identity(item)
  const value = isObject(item) ? own(item, mergeKey) : undefined
  if (value === undefined || value === null)
    throw plainError(
      `map: ${goText(item).slice(0, 256)} does not contain declared merge key: ${mergeKey}`,
    )
  return identity(value)
}

const identity = (value: unknown): string =>
  isRawNumber(value) ? `number ${value.rawJSON}` : `${typeof value} ${JSON.stringify(value)}`

/**
 * @param items each once
 * @param order those of them that the patch names, in its order
 * @param live the order in which the others stood
 */
function ordered(
  items: unknown[],
  order: unknown[],
  live: unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const rank = ranks(order, mergeKey)
  const place = ranks(live, mergeKey)
  const keyed = items.map((item) => ({ item, key: keyOf(item, mergeKey) }))
  const by = (positions: Map<string, number>) => (a: { key: string }, b: { key: string }) =>
    (positions.get(a.key) ?? positions.size) - (positions.get(b.key) ?? positions.size)
  const named = keyed.filter(({ key }) => rank.has(key)).sort(by(rank))
  const others = keyed.filter(({ key }) => !rank.has(key)).sort(by(place))
  const result: unknown[] = []
  let next = 0
  for (const { item, key } of others) {
    const own = place.get(key)
    for (; next < named.length; next++) {
      const rival = place.get(named[next]!.key)
      if (own !== undefined && rival !== undefined && own < rival) break
      result.push(named[next]!.item)
    }
    result.push(item)
  }
  for (; next < named.length; next++) result.push(named[next]!.item)
  return result
}

function ranks(list: unknown[], mergeKey: string | undefined): Map<string, number> {
  const positions = new Map<string, number>()
  for (const [at, item] of list.entries()) {
    const key = keyOf(item, mergeKey)
    if (!positions.has(key)) positions.set(key, at)
  }
  return positions
}
