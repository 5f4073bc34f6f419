/** What may be asked of a log: numbers within reason, and one beginning. */

import { badRequest, invalid as invalidObject } from '../http/status.ts'
import type { SubresourceRequest } from '../http/subresource-handler.ts'
import { forbidden, invalid } from '../resources/field-errors.ts'
import type { FieldError } from '../resources/resource.ts'

/** The least of each, and how a smaller one is refused. */
const bounds = {
  tailLines: [0, 'must be greater than or equal to 0'],
  limitBytes: [1, 'must be greater than 0'],
  sinceSeconds: [1, 'must be greater than 0'],
} as const

/** @throws StatusError 400 for what is no number, 422 for one that means nothing */
export function checkLogOptions({ query, target }: Pick<SubresourceRequest, 'query' | 'target'>) {
  const errors: FieldError[] = []
  for (const [name, [least, why]] of Object.entries(bounds)) {
    const number = wholeNumber(query, name)
    if (number !== undefined && number < least) errors.push(invalid(name, Number(number), why))
  }
  if (query.get('sinceSeconds') && query.get('sinceTime'))
    errors.push(forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  if (errors.length > 0)
    throw invalidObject({ group: '', kind: 'PodLogOptions' }, target.name, errors)
}

const largest = 2n ** 63n

function wholeNumber(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name)
  if (!text) return undefined
  if (!/^[+-]?\d{1,40}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  const number = BigInt(text.replace('+', ''))
  if (number >= largest || number < -largest)
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`)
  return number
}
