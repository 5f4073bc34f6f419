/** What the language's signs mean: logic, arithmetic, order, equality, membership, indexing. */

import { compare, equals, isNumeric } from '../compare.ts'
import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { comparison, concatenation, listConcatenation, membership, one } from '../prices.ts'
import { merged } from '../unique-lists.ts'
import {
  CelList,
  type CelMap,
  Duration,
  describe,
  type Entries,
  Optional,
  Timestamp,
  type Uint,
  type Value,
} from '../values.ts'
import { int, nonZero, uint } from './integers.ts'

type Two<T, U = T> = readonly [T, U]

const logic = [
  declare('_&&_(bool, bool) bool', () => null),
  declare('_||_(bool, bool) bool', () => null),
  declare('_?_:_(bool, A, A) A', () => null),
  declare('@not_strictly_false(bool) bool', () => null),
  declare('!_(bool) bool', ([value]: readonly [boolean]) => !value),
]

const equality = [
  declare('_==_(A, A) bool', ([a, b]: Two<Value>, meter) => equals(a, b, meter), comparison),
  declare('_!=_(A, A) bool', ([a, b]: Two<Value>, meter) => !equals(a, b, meter), comparison),
]

const relations: [string, (order: number) => boolean][] = [
  ['_<_', (order) => order < 0],
  ['_<=_', (order) => order <= 0],
  ['_>_', (order) => order > 0],
  ['_>=_', (order) => order >= 0],
]

const numeric = ['int', 'uint', 'double']
const comparable = [
  ...['bool', 'string', 'bytes', 'timestamp', 'duration'].map((type) => `${type}, ${type}`),
  ...numeric.flatMap((first) => numeric.map((second) => `${first}, ${second}`)),
]

function ordered(holds: (order: number) => boolean) {
  return ([a, b]: Two<Value>, meter: Meter): boolean => {
    if (typeof a === 'string') meter.characters(a.length)
    const order = compare(a, b)
    return order !== undefined && holds(order)
  }
}

const order = relations.flatMap(([name, holds]) =>
  comparable.map((types) =>
    declare(
      `${name}(${types}) bool`,
      ordered(holds),
      /string|bytes/.test(types) ? comparison : one,
    ),
  ),
)

const concatenated = [
  declare(
    '_+_(string, string) string',
    ([a, b]: Two<string>, meter) => {
      meter.characters(a.length + b.length)
      return a + b
    },
    concatenation,
  ),
  declare(
    '_+_(bytes, bytes) bytes',
    ([a, b]: Two<Uint8Array>, meter) => {
      meter.characters(a.length + b.length)
      return Uint8Array.from(Buffer.concat([a, b]))
    },
    concatenation,
  ),
  declare(
    '_+_(list(A), list(A)) list(A)',
    ([a, b]: Two<CelList>, meter) => {
      meter.work(4 * (a.size + b.size))
      return merged(a, b, meter)
    },
    listConcatenation,
  ),
]

const integers = [
  declare('_+_(int, int) int', ([a, b]: Two<bigint>) => int(a + b)),
  declare('_-_(int, int) int', ([a, b]: Two<bigint>) => int(a - b)),
  declare('_*_(int, int) int', ([a, b]: Two<bigint>) => int(a * b)),
  declare('_/_(int, int) int', ([a, b]: Two<bigint>) => int(a / nonZero(b, 'division'))),
  declare('_%_(int, int) int', ([a, b]: Two<bigint>) => a % nonZero(b, 'modulus')),
  declare('-_(int) int', ([a]: readonly [bigint]) => int(-a)),
  declare('_+_(uint, uint) uint', ([a, b]: Two<Uint>) => uint(a.value + b.value)),
  declare('_-_(uint, uint) uint', ([a, b]: Two<Uint>) => uint(a.value - b.value)),
  declare('_*_(uint, uint) uint', ([a, b]: Two<Uint>) => uint(a.value * b.value)),
  declare('_/_(uint, uint) uint', ([a, b]: Two<Uint>) =>
    uint(a.value / nonZero(b.value, 'division')),
  ),
  declare('_%_(uint, uint) uint', ([a, b]: Two<Uint>) =>
    uint(a.value % nonZero(b.value, 'modulus')),
  ),
]

const doubles = [
  declare('_+_(double, double) double', ([a, b]: Two<number>) => a + b),
  declare('_-_(double, double) double', ([a, b]: Two<number>) => a - b),
  declare('_*_(double, double) double', ([a, b]: Two<number>) => a * b),
  declare('_/_(double, double) double', ([a, b]: Two<number>) => a / b),
  declare('-_(double) double', ([a]: readonly [number]) => -a),
]

const timeArithmetic = [
  declare(
    '_+_(timestamp, duration) timestamp',
    ([a, b]: Two<Timestamp, Duration>) => new Timestamp(a.nanos + b.nanos, a.offset),
  ),
  declare(
    '_+_(duration, timestamp) timestamp',
    ([a, b]: Two<Duration, Timestamp>) => new Timestamp(a.nanos + b.nanos, b.offset),
  ),
  declare(
    '_+_(duration, duration) duration',
    ([a, b]: Two<Duration>) => new Duration(int(a.nanos + b.nanos)),
  ),
  declare(
    '_-_(timestamp, timestamp) duration',
    ([a, b]: Two<Timestamp>) => new Duration(int(a.nanos - b.nanos)),
  ),
  declare(
    '_-_(timestamp, duration) timestamp',
    ([a, b]: Two<Timestamp, Duration>) => new Timestamp(a.nanos - b.nanos, a.offset),
  ),
  declare(
    '_-_(duration, duration) duration',
    ([a, b]: Two<Duration>) => new Duration(int(a.nanos - b.nanos)),
  ),
  declare('-_(duration) duration', ([a]: readonly [Duration]) => new Duration(int(-a.nanos))),
]

export function contains(list: CelList, value: Value, meter: Meter): boolean {
  for (const item of list) if (equals(item, value, meter)) return true
  return false
}

const containment = [
  declare(
    '@in(A, list(A)) bool',
    ([value, list]: Two<Value, CelList>, meter) => contains(list, value, meter),
    membership,
  ),
  declare('@in(A, map(A, B)) bool', ([key, map]: Two<Value, CelMap>) => map.get(key) !== undefined),
]

/** The place in a list that a number names; doubles that are whole count. */
function indexOf(index: Value): number | undefined {
  if (!isNumeric(index)) return undefined
  const value = typeof index === 'object' ? index.value : index
  return Number.isInteger(Number(value)) ? Number(value) : undefined
}

function found(container: CelList | CelMap, key: Value): Value | undefined {
  if (!(container instanceof CelList)) return container.get(key)
  const index = indexOf(key)
  return index !== undefined && index >= 0 && index < container.size
    ? container.at(index)
    : undefined
}

function element([container, key]: Two<CelList | CelMap, Value>): Value {
  const value = found(container, key)
  if (value !== undefined) return value
  throw new CelRuntimeError(
    container instanceof CelList
      ? `index out of bounds: ${describe(key)}`
      : `no such key: ${describe(key)}`,
  )
}

const held = (value: Value | undefined) =>
  value === undefined ? Optional.none : new Optional(value)

function optionalElement([container, key]: Two<CelList | CelMap, Value>): Value {
  return held(found(container, key))
}

function elementOfOptional([container, key]: Two<Optional, Value>): Value {
  const { value } = container
  return value === undefined ? container : optionalElement([value as CelList | CelMap, key])
}

const indexing = [
  declare('_[_](list(A), int) A', element),
  declare('_[_](map(A, B), A) B', element),
  declare('_[?_](list(A), int) optional(A)', optionalElement),
  declare('_[?_](map(A, B), A) optional(B)', optionalElement),
  ...['_[_]', '_[?_]'].flatMap((name) => [
    declare(`${name}(optional(list(A)), int) optional(A)`, elementOfOptional),
    declare(`${name}(optional(map(A, B)), A) optional(B)`, elementOfOptional),
  ]),
]

/** What two-variable comprehensions over maps make. */
const insertion = [
  declare(
    'cel.@mapInsert(map(A, B), A, B) map(A, B)',
    ([map, key, value]: readonly [Entries, Value, Value]) => {
      map.insert(key, value)
      return map
    },
  ),
  declare(
    'cel.@mapInsert(map(A, B), map(A, B)) map(A, B)',
    ([map, more]: Two<Entries, CelMap>, meter) => {
      for (const key of more.keys()) {
        meter.work(1)
        map.insert(key, more.get(key) ?? null)
      }
      return map
    },
  ),
]

export const operators: readonly Overload[] = [
  ...logic,
  ...equality,
  ...order,
  ...concatenated,
  ...integers,
  ...doubles,
  ...timeArithmetic,
  ...containment,
  ...indexing,
  ...insertion,
]
