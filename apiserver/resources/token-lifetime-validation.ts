/** How long a token may be good for. */

import { nearest } from '../../api/json-text.ts'
import { type FieldErrors, invalid } from './field-errors.ts'

const shortest = 600
const longest = 2 ** 32

export function* validateTokenLifetime(seconds: number, field: string): FieldErrors {
  if (nearest(seconds) < shortest)
    yield invalid(field, seconds, 'may not specify a duration less than 10 minutes')
  if (nearest(seconds) > longest)
    yield invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')
}
