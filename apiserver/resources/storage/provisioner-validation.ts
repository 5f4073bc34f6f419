/** Who makes or changes volumes, and the parameters that are handed to it unread. */

import { type FieldErrors, invalid, invalidFor, required, tooLong } from '../field-errors.ts'
import { byteLength, qualifiedNameProblems } from '../name-validation.ts'

const mostParameters = 512
const mostBytes = 256 * 1024

export function* validateProvisioner(name: string | undefined, field: string): FieldErrors {
  if (!name) return yield required(field)
  const lower = name.toLowerCase()
  yield* invalidFor(field, lower, qualifiedNameProblems(lower))
}

export function* validateParameters(
  parameters: Record<string, string> | undefined,
  field: string,
): FieldErrors {
  const entries = Object.entries(parameters ?? {})
  if (entries.length > mostParameters) return yield tooLong(field, mostParameters)
  let bytes = 0
  for (const [key, value] of entries) {
    if (key === '') yield invalid(field, key, 'field can not be empty.')
    bytes += byteLength(key) + byteLength(value)
  }
  if (bytes > mostBytes) yield tooLong(field, mostBytes)
}
