/**
 * Lists that are sets, or maps by some fields of their items: which item of one is which of another. Whether those are
 * the same is not asked here.
 */

import { toJson } from './json.ts'
import type { Meter } from './meter.ts'
import type { ListIdentity } from './types.ts'
import {
  type CelList,
  CelObject,
  Duration,
  Items,
  keyText,
  Timestamp,
  type Value,
} from './values.ts'

/** Steps that telling what an item is known by takes. */
const identityWork = 4

/** A text that is the same for items that are one. */
function nameOf(identity: ListIdentity, item: Value, meter: Meter): string {
  meter.work(identityWork)
  if (identity.kind === 'set') return textOf(item)
  const keys = identity.keys.map((key) => (item instanceof CelObject ? item.byKey(key) : undefined))
  return keys.map((key) => textOf(key ?? null)).join('\n')
}

function textOf(value: Value): string {
  if (value instanceof Timestamp) return `t${value.nanos}`
  if (value instanceof Duration) return `d${value.nanos}`
  return keyText(value) ?? `j${JSON.stringify(toJson(value))}`
}

/** The items by what they are known by. Of several that are one, the last, where the first stands. */
export function membersOf(
  identity: ListIdentity,
  lists: readonly CelList[],
  meter: Meter,
): Map<string, Value> {
  const members = new Map<string, Value>()
  for (const list of lists)
    for (const item of list) members.set(nameOf(identity, item, meter), item)
  return members
}

/** Those of the first where they stand, as the second has them, and then what only the second has. */
export function merged(one: CelList, other: CelList, meter: Meter): CelList {
  const { identity } = one
  if (!identity) return new Items([...one, ...other])
  return new Items([...membersOf(identity, [one, other], meter).values()], identity)
}
