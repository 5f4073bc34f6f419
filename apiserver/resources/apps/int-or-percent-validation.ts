/** A number of pods or a percentage of them: `3` or `25%`. */

import { type FieldErrors, invalid, invalidFor, nonNegative } from '../field-errors.ts'
import { percentProblems } from '../name-validation.ts'

export type IntOrPercent = string | number

export function* validateIntOrPercent(count: IntOrPercent, field: string): FieldErrors {
  if (typeof count === 'string') yield* invalidFor(field, count, percentProblems(count))
  else yield* nonNegative(field, count)
}

/** More than all makes no sense where pods are taken away. */
export function* validateAtMostAll(count: IntOrPercent, field: string): FieldErrors {
  if (typeof count === 'string' && amountOf(count) > 100)
    yield invalid(field, count, 'must not be greater than 100%')
}

/** The number of it, percent or not; 0 for a text that is no percentage, as it counts for nothing. */
export const amountOf = (count: IntOrPercent): number =>
  typeof count === 'number' ? count : /^\d+%$/.test(count) ? Number.parseInt(count, 10) : 0
