/** Values that may not be there. */

import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import {
  CelList,
  CelMap,
  CelObject,
  Duration,
  earliest,
  Optional,
  Timestamp,
  Uint,
  type Value,
} from '../values.ts'

type One = readonly [Optional]

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true
  if (value instanceof Uint) return value.value === 0n
  if (value instanceof Duration) return value.nanos === 0n
  if (value instanceof Timestamp) return value.nanos === earliest
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0
  if (value instanceof CelObject) return [...value.fieldNames()].length === 0
  return value instanceof Uint8Array && value.length === 0
}

function heldBy([{ value }]: One): Value {
  if (value === undefined) throw new CelRuntimeError('optional.none() dereference')
  return value
}

export const optionals: readonly Overload[] = [
  declare('optional.of(A) optional(A)', ([value]: readonly [Value]) => new Optional(value)),
  declare('optional.ofNonZeroValue(A) optional(A)', ([value]: readonly [Value]) =>
    isZero(value) ? Optional.none : new Optional(value),
  ),
  declare('optional.none() optional(A)', () => Optional.none),
  declare('optional(A).hasValue() bool', ([{ value }]: One) => value !== undefined),
  declare('optional(A).value() A', heldBy),
  declare(
    'optional(A).or(optional(A)) optional(A)',
    ([one, other]: readonly [Optional, Optional]) => (one.value === undefined ? other : one),
  ),
  declare('optional(A).orValue(A) A', ([{ value }, other]: readonly [Optional, Value]) =>
    value === undefined ? other : value,
  ),
]
