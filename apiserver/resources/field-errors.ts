/**
 * Field errors with the wording that Kubernetes' users and their tools know: `Required value: ...`,
 * `Invalid value: "x": ...`. This module words them; it decides nothing.
 */

import { nearest } from '../../api/json-text.ts'
import type { FieldError } from './resource.ts'
import { semanticallyEqual } from './semantic-equality.ts'

/** What a check yields: it may be left early, and joins others with `yield*`. */
export type FieldErrors = Generator<FieldError, void, undefined>

/** One `Invalid value` for each of the problems that a check of a name or a number found. */
export function* invalidFor(
  field: string,
  value: unknown,
  problems: readonly string[],
): FieldErrors {
  for (const problem of problems) yield invalid(field, value, problem)
}

/** An absent number is fine; a negative one is not. */
export function* nonNegative(field: string, value: number | undefined): FieldErrors {
  if (value !== undefined && nearest(value) < 0)
    yield invalid(field, value, 'must be greater than or equal to 0')
}

/** What cannot change once it is stored. */
export function* immutable(field: string, value: unknown, old: unknown): FieldErrors {
  if (!semanticallyEqual(value, old)) yield invalid(field, value, 'field is immutable')
}

/** An absent value is fine, as is one of the supported; these are told in the order given. */
export function* oneOf(
  field: string,
  value: string | undefined,
  supported: readonly string[],
): FieldErrors {
  if (value !== undefined && !supported.includes(value)) yield notSupported(field, value, supported)
}

/** `Required value`, with a detail when there is one. */
export const required = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  field,
  message: withDetail('Required value', detail),
})

/** `Invalid value: <the value as JSON>: <detail>`. */
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: withDetail(`Invalid value: ${printed(value)}`, detail),
})

/** The same without the value, where it would say nothing. */
export const invalidAsWhole = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: withDetail('Invalid value', detail),
})

/** A value of the wrong type: worded as an invalid one, with a reason of its own. */
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueTypeInvalid',
  field,
  message: withDetail(`Invalid value: ${printed(value)}`, detail),
})

/** `Duplicate value: <the value as JSON>`. */
export const duplicate = (field: string, value: unknown): FieldError => ({
  reason: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${printed(value)}`,
})

/** `Unsupported value: "x": supported values: "a", "b"`; the supported ones in the order given. */
export const notSupported = (
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  message: withDetail(
    `Unsupported value: ${printed(value)}`,
    supported.length === 0 ? '' : `supported values: ${supported.map(printed).join(', ')}`,
  ),
})

/** `Forbidden: <detail>`: well-formed, and not allowed here. */
export const forbidden = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueForbidden',
  field,
  message: withDetail('Forbidden', detail),
})

/** `Too long: may not be more than N bytes`. */
export const tooLong = (field: string, bytes: number): FieldError => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${bytes} bytes`,
})

/** `Too many: 7: must have at most 5 items`. */
export const tooMany = (field: string, count: number, most: number): FieldError => ({
  reason: 'FieldValueTooMany',
  field,
  message: `Too many: ${count}: must have at most ${most} items`,
})

/** `Not found: <the value as JSON>`. */
export const notFound = (field: string, value: unknown): FieldError => ({
  reason: 'FieldValueNotFound',
  field,
  message: `Not found: ${printed(value)}`,
})

const printed = (value: unknown) => (value === undefined ? 'null' : JSON.stringify(value))

const withDetail = (text: string, detail: string) => (detail === '' ? text : `${text}: ${detail}`)
