/** Quantities as the API writes them, compared and added exactly. */

import { parseQuantity } from '../../../api/quantity.ts'
import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { walk } from '../prices.ts'
import { Opaque } from '../values.ts'
import { int } from './integers.ts'

/** In the units of `parseQuantity`. */
const unit = parseQuantity('1') ?? 1n

export class Quantity extends Opaque {
  readonly typeName = 'kubernetes.Quantity'
  readonly amount: bigint

  constructor(amount: bigint) {
    super()
    this.amount = amount
  }

  override equals(other: Opaque): boolean {
    return other instanceof Quantity && other.amount === this.amount
  }
}

const read = (text: string): bigint | undefined =>
  text.length <= 64 && text === text.trim() ? parseQuantity(text) : undefined

/** Steps that reading one takes. */
const readWork = 15

function quantity([text]: readonly [string], meter: Meter): Quantity {
  meter.work(readWork)
  const amount = read(text)
  if (amount !== undefined) return new Quantity(amount)
  throw new CelRuntimeError(
    syntax.test(text)
      ? "unable to parse quantity's suffix"
      : `quantities must match the regular expression '${syntax.source}'`,
  )
}

const syntax = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/

const isWhole = ({ amount }: Quantity) =>
  amount % unit === 0n && BigInt.asIntN(64, amount / unit) === amount / unit

function asInteger([value]: readonly [Quantity]): bigint {
  if (!isWhole(value)) throw new CelRuntimeError('cannot convert value to integer')
  return value.amount / unit
}

type Two = readonly [Quantity, Quantity]

const order = ([{ amount: one }, { amount: other }]: Two) =>
  one < other ? -1n : one > other ? 1n : 0n
const whole = (value: bigint) => int(value) * unit

export const quantities: readonly Overload[] = [
  declare('quantity(string) kubernetes.Quantity', quantity, walk(0)),
  declare(
    'isQuantity(string) bool',
    ([text]: readonly [string], meter) => {
      meter.work(readWork)
      return read(text) !== undefined
    },
    walk(0),
  ),
  // It is documented as the one, and the reference implementation has the other.
  ...['kubernetes.Quantity.sign() int', 'sign(kubernetes.Quantity) int'].map((signature) =>
    declare(signature, ([{ amount }]: readonly [Quantity]) =>
      amount < 0n ? -1n : amount > 0n ? 1n : 0n,
    ),
  ),
  declare('kubernetes.Quantity.isInteger() bool', ([value]: readonly [Quantity]) => isWhole(value)),
  declare('kubernetes.Quantity.asInteger() int', asInteger),
  declare(
    'kubernetes.Quantity.asApproximateFloat() double',
    ([{ amount }]: readonly [Quantity]) => Number(amount) / Number(unit),
  ),
  declare(
    'kubernetes.Quantity.isGreaterThan(kubernetes.Quantity) bool',
    (both: Two) => order(both) > 0n,
  ),
  declare(
    'kubernetes.Quantity.isLessThan(kubernetes.Quantity) bool',
    (both: Two) => order(both) < 0n,
  ),
  declare('kubernetes.Quantity.compareTo(kubernetes.Quantity) int', order),
  declare(
    'kubernetes.Quantity.add(kubernetes.Quantity) kubernetes.Quantity',
    ([one, other]: Two) => new Quantity(one.amount + other.amount),
  ),
  declare(
    'kubernetes.Quantity.add(int) kubernetes.Quantity',
    ([one, other]: readonly [Quantity, bigint]) => new Quantity(one.amount + whole(other)),
  ),
  declare(
    'kubernetes.Quantity.sub(kubernetes.Quantity) kubernetes.Quantity',
    ([one, other]: Two) => new Quantity(one.amount - other.amount),
  ),
  declare(
    'kubernetes.Quantity.sub(int) kubernetes.Quantity',
    ([one, other]: readonly [Quantity, bigint]) => new Quantity(one.amount - whole(other)),
  ),
]
