/**
 * When two values are the same and which is less. Numbers of different types are compared by what they are worth;
 * values of different kinds are never the same. Deep comparisons are charged as work.
 */

import type { Meter } from './meter.ts'
import type { ListIdentity } from './types.ts'
import { membersOf } from './unique-lists.ts'
import {
  CelList,
  CelMap,
  CelObject,
  Duration,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './values.ts'

/** Steps that comparing two values takes, reading them from JSON included. */
const comparisonWork = 4

type Numeric = bigint | number | Uint

export const isNumeric = (value: Value): value is Numeric =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint

const plain = (value: Numeric): bigint | number => (value instanceof Uint ? value.value : value)

export function equals(one: Value, other: Value, meter: Meter): boolean {
  meter.work(comparisonWork)
  if (one === other) return true
  if (isNumeric(one)) return isNumeric(other) && looselyEqual(plain(one), plain(other))
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
    return false
  if (one instanceof Uint8Array)
    return other instanceof Uint8Array && Buffer.compare(one, other) === 0
  if (one instanceof CelList) return other instanceof CelList && sameLists(one, other, meter)
  if (one instanceof CelMap) return other instanceof CelMap && sameEntries(one, other, meter)
  if (one instanceof CelObject) return other instanceof CelObject && sameFields(one, other, meter)
  if (one instanceof Duration) return other instanceof Duration && one.nanos === other.nanos
  if (one instanceof Timestamp) return other instanceof Timestamp && one.nanos === other.nanos
  if (one instanceof TypeValue) return other instanceof TypeValue && one.name === other.name
  if (one instanceof Optional) return other instanceof Optional && sameOptional(one, other, meter)
  return (
    one instanceof Opaque &&
    other instanceof Opaque &&
    one.typeName === other.typeName &&
    one.equals(other)
  )
}

/** A bigint and a double are the same where JavaScript's loose equality says so, which is exact. */
// biome-ignore lint/suspicious/noDoubleEquals: strict equality tells a bigint from a double of the same worth.
const looselyEqual = (one: bigint | number, other: bigint | number) => one == other

function sameLists(one: CelList, other: CelList, meter: Meter): boolean {
  if (one.size !== other.size) return false
  const { identity } = one
  return identity ? sameMembers(identity, one, other, meter) : sameItems(one, other, meter)
}

/** In any order: the first list says by what items are known. */
function sameMembers(identity: ListIdentity, one: CelList, other: CelList, meter: Meter): boolean {
  const mine = membersOf(identity, [one], meter)
  for (const [name, item] of membersOf(identity, [other], meter)) {
    const own = mine.get(name)
    if (own === undefined || !equals(own, item, meter)) return false
  }
  return true
}

function sameItems(one: CelList, other: CelList, meter: Meter): boolean {
  for (let index = 0; index < one.size; index++)
    if (!equals(one.at(index), other.at(index), meter)) return false
  return true
}

function sameEntries(one: CelMap, other: CelMap, meter: Meter): boolean {
  if (one.size !== other.size) return false
  for (const key of one.keys()) {
    const [mine, its] = [one.get(key), other.get(key)]
    if (mine === undefined || its === undefined || !equals(mine, its, meter)) return false
  }
  return true
}

function sameFields(one: CelObject, other: CelObject, meter: Meter): boolean {
  if (one.type.name !== other.type.name) return false
  const [mine, its] = [[...one.fieldNames()], [...other.fieldNames()]]
  if (mine.length !== its.length) return false
  for (const name of mine) {
    const [value, another] = [one.get(name), other.get(name)]
    if (value === undefined || another === undefined || !equals(value, another, meter)) return false
  }
  return sameEntries(one.undeclared(), other.undeclared(), meter)
}

function sameOptional(one: Optional, other: Optional, meter: Meter): boolean {
  if (one.value === undefined || other.value === undefined) return one.value === other.value
  return equals(one.value, other.value, meter)
}

/** Below, at or above zero; `undefined` where there is no order (also for NaN). */
export function compare(one: Value, other: Value): number | undefined {
  if (isNumeric(one) && isNumeric(other)) return order(plain(one), plain(other))
  if (typeof one === 'string' && typeof other === 'string') return compareText(one, other)
  if (typeof one === 'boolean' && typeof other === 'boolean') return Number(one) - Number(other)
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other)
  if (one instanceof Duration && other instanceof Duration) return order(one.nanos, other.nanos)
  if (one instanceof Timestamp && other instanceof Timestamp) return order(one.nanos, other.nanos)
  return undefined
}

function order(one: bigint | number, other: bigint | number): number | undefined {
  if (one < other) return -1
  if (one > other) return 1
  return looselyEqual(one, other) ? 0 : undefined
}

/** By code points: surrogates stand above everything that is one unit. */
function compareText(one: string, other: string): number {
  if (one === other) return 0
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)]
    if (a === b) continue
    const surrogates = Number(a >= 0xd800 && a < 0xe000) - Number(b >= 0xd800 && b < 0xe000)
    return surrogates !== 0 ? surrogates : a - b
  }
  return one.length - other.length
}
