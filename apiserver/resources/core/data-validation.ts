/** Keys and sizes of what ConfigMaps and Secrets hold, and that what is declared immutable stays. */

import { type FieldErrors, forbidden, invalidFor } from '../field-errors.ts'
import { configKeyProblems } from '../name-validation.ts'
import { semanticallyEqual } from '../semantic-equality.ts'

/** Bytes of all values together. */
export const dataLimit = 1024 * 1024

export function* validateKeys(
  data: Record<string, string> | undefined,
  field: string,
): FieldErrors {
  for (const key of Object.keys(data ?? {}))
    yield* invalidFor(`${field}[${key}]`, key, configKeyProblems(key))
}

/** How many bytes a base64 text stands for. */
export const decodedLength = (text: string): number => Buffer.byteLength(text, 'base64')

export function* validateImmutableData<T extends { immutable?: boolean }>(
  object: T,
  old: T,
  fields: (keyof T & string)[],
): FieldErrors {
  if (!old.immutable) return
  const why = 'field is immutable when `immutable` is set'
  if (!object.immutable) yield forbidden('immutable', why)
  for (const field of fields)
    if (!semanticallyEqual(object[field] ?? {}, old[field] ?? {})) yield forbidden(field, why)
}
