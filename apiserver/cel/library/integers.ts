/** Arithmetic that stays within 64 bits or says that it does not. */

import { CelRuntimeError } from '../errors.ts'
import { Uint } from '../values.ts'

/** @throws CelRuntimeError */
export function int(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new CelRuntimeError('integer overflow')
  return value
}

/** @throws CelRuntimeError */
export function uint(value: bigint): Uint {
  if (BigInt.asUintN(64, value) !== value) throw new CelRuntimeError('unsigned integer overflow')
  return new Uint(value)
}

/** @throws CelRuntimeError */
export function nonZero(value: bigint, operation: 'division' | 'modulus'): bigint {
  if (value === 0n) throw new CelRuntimeError(`${operation} by zero`)
  return value
}
