/** What every walk over typed values needs: what a value is, and which element each item of a list is. */

import { isRawNumber } from '../../api/json-text.ts'
import type { MergeType } from '../schema/merge-type.ts'
import { keyElement, valueElement } from './path-element.ts'

/** A value is not of its type; `path` leads to it, as messages show it. */
export class TypeMismatch extends Error {
  override name = 'TypeMismatch'
}

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

/** An object, or nothing where it is null. @throws TypeMismatch */
export function objectIn(value: unknown): JsonObject | undefined {
  if (value === null || value === undefined) return undefined
  if (isObject(value)) return value
  throw new TypeMismatch(`expected map, got ${shown(value)}`)
}

/** A list, or nothing where it is null. @throws TypeMismatch */
export function listIn(value: unknown): readonly unknown[] | undefined {
  if (value === null || value === undefined) return undefined
  if (Array.isArray(value)) return value
  throw new TypeMismatch(`expected list, got ${shown(value)}`)
}

/** As Go prints what was not expected. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (isRawNumber(value)) return value.rawJSON
  return value === null ? 'null' : JSON.stringify(value)
}

export type ListType = Extract<MergeType, { kind: 'list' | 'set' }>

/** The element of an item. @throws TypeMismatch */
export function elementOf(item: unknown, type: ListType): string {
  if (type.kind === 'set') return setElement(item)
  if (item === null || item === undefined)
    throw new TypeMismatch('associative list with keys may not have a null element')
  if (!isObject(item))
    throw new TypeMismatch('associative list with keys may not have non-map elements')
  const keys: [string, unknown][] = []
  for (const key of type.keys) {
    const given = Object.hasOwn(item, key) ? item[key] : type.defaults.get(key)
    if (given === undefined)
      throw new TypeMismatch(
        `associative list with keys has an element that omits key field ${JSON.stringify(key)} (and doesn't have default value)`,
      )
    keys.push([key, given])
  }
  if (keys.length > 1) keys.sort(byName)
  return keyElement(keys)
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1)

function setElement(item: unknown): string {
  if (item === null || item === undefined)
    throw new TypeMismatch("associative list without keys has an element that's an explicit null")
  if (Array.isArray(item))
    throw new TypeMismatch('not supported: associative list with lists as elements')
  if (isObject(item))
    throw new TypeMismatch("associative list without keys has an element that's a map type")
  return valueElement(item)
}

/** The items by their elements, in order; those that stand twice together. @throws TypeMismatch */
export function itemsByElement(items: readonly unknown[], type: ListType): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>()
  for (const item of items) {
    const element = elementOf(item, type)
    const before = found.get(element)
    if (before) before.push(item)
    else found.set(element, [item])
  }
  return found
}

/** Items of sets are values, and nothing is in them. */
export const itemType = ({ items = atomic }: ListType): MergeType => items

const atomic: MergeType = { kind: 'atomic' }

/**
 * What a value without a schema is merged as; null is whatever it stands beside.
 */
export function deducedType(value: unknown): MergeType {
  return isObject(value) ? openMap : atomic
}

const openMap: MergeType = { kind: 'map', values: { kind: 'deduced' } }

/** Whether a name is the client's own, and no schema's. */
export const isOwnName = (
  type: Extract<MergeType, { kind: 'struct' | 'map' }>,
  name: string,
): boolean => type.kind === 'map' || (type.rest !== undefined && type.field(name) === undefined)

/** The type of a field or key. @throws TypeMismatch for one that is not declared */
export function fieldOf(
  type: Extract<MergeType, { kind: 'struct' | 'map' }>,
  name: string,
): MergeType {
  if (type.kind === 'map') return type.values
  const field = type.field(name) ?? type.rest
  if (field) return field
  throw new TypeMismatch('field not declared in schema')
}
