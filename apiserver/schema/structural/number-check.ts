/** Numbers against what a schema says of them: range of the type, bounds, multiples. 64-bit integers stay exact. */

import { isRawNumber } from '../../../api/json-text.ts'
import type { FieldError } from '../../resources/resource.ts'
import { outOfRange, unfit } from './finding.ts'
import type { Structural } from './structural.ts'

type Num = number | { rawJSON: string }

export function checkNumber(
  schema: Structural,
  value: Num,
  path: string,
  errors: FieldError[],
): void {
  const { type, format, intOrString, source } = schema
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum } = source
  const holds = (number: Num, what: string) => {
    if (intOrString || type !== 'integer' || inRange(number, format)) return
    errors.push(
      outOfRange(path, what, type, format === 'int32' || format === 'int64' ? format : ''),
    )
  }
  if (isRawNumber(value) || Number.isInteger(value)) holds(value, 'Checked')
  if (multipleOf !== undefined) {
    holds(multipleOf, 'MultipleOf')
    if (multipleOf < 0)
      errors.push(
        unfit(path, multipleOf, `factor MultipleOf declared must be positive: ${multipleOf}`),
      )
    else if (multipleOf > 0 && !isMultiple(value, multipleOf))
      errors.push(unfit(path, value, `should be a multiple of ${multipleOf}`))
  }
  if (maximum !== undefined) {
    holds(maximum, 'Maximum boundary')
    const order = compare(value, maximum)
    if (order > 0 || (exclusiveMaximum && order === 0))
      errors.push(
        unfit(
          path,
          value,
          `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`,
        ),
      )
  }
  if (minimum !== undefined) {
    holds(minimum, 'Minimum boundary')
    const order = compare(value, minimum)
    if (order < 0 || (exclusiveMinimum && order === 0))
      errors.push(
        unfit(
          path,
          value,
          `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`,
        ),
      )
  }
}

function inRange(value: Num, format: string): boolean {
  if (isRawNumber(value)) return format !== 'int32'
  if (!Number.isInteger(value)) return false
  if (format === 'int32') return (value | 0) === value
  return value >= -(2 ** 63) && value < 2 ** 63
}

/** Below, at or above 0 as the value is to the bound. */
function compare(value: Num, bound: number): number {
  if (!isRawNumber(value)) return value - bound
  const exact = BigInt(value.rawJSON)
  const limit = BigInt(Math.trunc(bound))
  return exact < limit ? -1 : exact > limit ? 1 : 0
}

function isMultiple(value: Num, factor: number): boolean {
  if (isRawNumber(value))
    return Number.isInteger(factor) && BigInt(value.rawJSON) % BigInt(factor) === 0n
  const quotient = factor < 1 ? (1 / factor) * value : value / factor
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient))
}
