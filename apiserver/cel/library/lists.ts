/** Lists as a whole: order, sums, extremes, places. */

import { compare, equals } from '../compare.ts'
import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { traversal } from '../prices.ts'
import { type CelList, Duration, Uint, type Value } from '../values.ts'
import { int, uint } from './integers.ts'

/** Steps that an item takes to be read and compared. */
const itemWork = 4

const comparables = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes']

function order(one: Value, other: Value, meter: Meter): number {
  meter.work(itemWork)
  const result = compare(one, other)
  if (result === undefined) throw new CelRuntimeError('no such overload')
  return result
}

function isSorted([list]: readonly [CelList], meter: Meter): boolean {
  for (let at = 1; at < list.size; at++)
    if (order(list.at(at - 1), list.at(at), meter) > 0) return false
  return true
}

function extreme(name: string, better: (order: number) => boolean) {
  return ([list]: readonly [CelList], meter: Meter): Value => {
    if (list.size === 0) throw new CelRuntimeError(`${name} called on empty list`)
    let best = list.at(0)
    for (const item of list) if (better(order(item, best, meter))) best = item
    return best
  }
}

const sums: [string, Value, (sum: Value, item: Value) => Value][] = [
  ['int', 0n, (sum, item) => int((sum as bigint) + (item as bigint))],
  ['uint', new Uint(0n), (sum, item) => uint((sum as Uint).value + (item as Uint).value)],
  ['double', 0, (sum, item) => (sum as number) + (item as number)],
  [
    'duration',
    new Duration(0n),
    (sum, item) => new Duration(int((sum as Duration).nanos + (item as Duration).nanos)),
  ],
]

function summed(zero: Value, add: (sum: Value, item: Value) => Value) {
  return ([list]: readonly [CelList], meter: Meter): Value => {
    let sum = zero
    for (const item of list) {
      meter.work(itemWork)
      if (compare(sum, item) === undefined && !Number.isNaN(item))
        throw new CelRuntimeError('no such overload')
      sum = add(sum, item)
    }
    return sum
  }
}

/** The kinds of numbers whose lists are summed differently look the same while they run: the first item tells. */
function sumOf([list]: readonly [CelList], meter: Meter): Value {
  const [first = 0n] = list.size > 0 ? [list.at(0)] : []
  const kind = sums.find(([, zero]) => typeof zero === typeof first && sameClass(zero, first))
  if (!kind) throw new CelRuntimeError('no such overload')
  return summed(kind[1], kind[2])([list], meter)
}

const sameClass = (one: Value, other: Value) =>
  typeof one !== 'object' || one?.constructor === other?.constructor

/** An empty list's sum is the zero of its type, which only the declaration knows. */
const declaredSum = (type: string, zero: Value) =>
  declare(
    `list(${type}).sum() ${type}`,
    ([list]: readonly [CelList], meter) => (list.size === 0 ? zero : sumOf([list], meter)),
    traversal,
  )

function indexOf([list, value]: readonly [CelList, Value], meter: Meter): bigint {
  for (let at = 0; at < list.size; at++) if (equals(list.at(at), value, meter)) return BigInt(at)
  return -1n
}

function lastIndexOf([list, value]: readonly [CelList, Value], meter: Meter): bigint {
  for (let at = list.size - 1; at >= 0; at--)
    if (equals(list.at(at), value, meter)) return BigInt(at)
  return -1n
}

export const lists: readonly Overload[] = [
  ...comparables.flatMap((type) => [
    declare(`list(${type}).isSorted() bool`, isSorted, traversal),
    declare(
      `list(${type}).min() ${type}`,
      extreme('min', (result) => result < 0),
      traversal,
    ),
    declare(
      `list(${type}).max() ${type}`,
      extreme('max', (result) => result > 0),
      traversal,
    ),
  ]),
  ...sums.map(([type, zero]) => declaredSum(type, zero)),
  declare('list(A).indexOf(A) int', indexOf, traversal),
  declare('list(A).lastIndexOf(A) int', lastIndexOf, traversal),
]
