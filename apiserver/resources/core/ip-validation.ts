/**
 * IP addresses and ranges that users write into objects. Addresses that mean "this very machine" or "this very link"
 * are refused where traffic would be sent to them: they would reach the one who sends, not who was meant.
 */

import { BlockList, isIP } from 'node:net'
import { type FieldErrors, invalid } from '../field-errors.ts'
import { hasBitsBeyond } from './ip-text.ts'

const mapped = /^::ffff:/i

export function* validateIp(text: string, field: string): FieldErrors {
  if (isIP(text) === 0)
    yield invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')
  else if (mapped.test(text)) yield invalid(field, text, 'must not be an IPv4-mapped IPv6 address')
}

export function* validateIpv4(text: string, field: string): FieldErrors {
  if (isIP(text) !== 4) yield invalid(field, text, 'must be a valid IPv4 address')
}

export function* validateIpv6(text: string, field: string): FieldErrors {
  if (isIP(text) !== 6 || mapped.test(text))
    yield invalid(field, text, 'must be a valid IPv6 address')
}

export function* validateCidr(text: string, field: string): FieldErrors {
  const [address = '', bits = '', ...more] = text.split('/')
  const family = isIP(address)
  const most = family === 4 ? 32 : 128
  if (family === 0 || !/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > most || more.length > 0)
    yield invalid(field, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')
}

/** A range, called by its first address. @param kept those that may stay: they were there before this was asked */
export function* validateRange(
  text: string,
  field: string,
  kept: readonly string[] = [],
): FieldErrors {
  const problems = [...validateCidr(text, field)]
  yield* problems
  const [address = '', bits = ''] = text.split('/')
  if (problems.length === 0 && !kept.includes(text) && hasBitsBeyond(address, Number(bits)))
    yield invalid(field, text, 'must not have bits set beyond the prefix length')
}

export const familyOf = (address: string): 'IPv4' | 'IPv6' =>
  isIP(address) === 6 ? 'IPv6' : 'IPv4'

function range(...subnets: [string, number, 'ipv4' | 'ipv6'][]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) list.addSubnet(...subnet)
  return list
}

const special: [BlockList, (text: string) => string][] = [
  [
    range(['0.0.0.0', 32, 'ipv4'], ['::', 128, 'ipv6']),
    (text) => `may not be unspecified (${text})`,
  ],
  [
    range(['127.0.0.0', 8, 'ipv4'], ['::1', 128, 'ipv6']),
    () => 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ],
  [
    range(['169.254.0.0', 16, 'ipv4'], ['fe80::', 10, 'ipv6']),
    () => 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  ],
  [
    range(['224.0.0.0', 24, 'ipv4'], ['ff02::', 16, 'ipv6']),
    () => 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
]

/** Refuses unspecified, loopback and link-local addresses; also where they hide in an IPv6 address. */
export function* validateNonSpecialIp(text: string, field: string): FieldErrors {
  const family = isIP(text)
  if (family === 0) return
  for (const [addresses, problem] of special)
    if (addresses.check(text, family === 4 ? 'ipv4' : 'ipv6'))
      yield invalid(field, text, problem(text))
}
