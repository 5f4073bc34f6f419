/** Addresses and ranges that are names: each has one form, so that the same one cannot be taken twice. */

import { isIP } from 'node:net'
import { canonical } from '../core/ip-text.ts'
import { validateRange } from '../core/ip-validation.ts'
import { type FieldErrors, invalid } from '../field-errors.ts'

/** Problems with an address that is a name; none when it is in its one form. */
export function canonicalIpProblems(text: string): string[] {
  if (isIP(text) === 0) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']
  if (/^::ffff:/i.test(text)) return ['must not be an IPv4-mapped IPv6 address']
  return canonical(text) === text ? [] : [`must be in canonical form ("${canonical(text)}")`]
}

export function* validateCanonicalCidr(text: string, field: string): FieldErrors {
  const problems = [...validateRange(text, field)]
  yield* problems
  if (problems.length > 0) return
  const [address = '', bits = ''] = text.split('/')
  if (canonical(address) !== address)
    yield invalid(field, text, `must be in canonical form ("${canonical(address)}/${bits}")`)
}
