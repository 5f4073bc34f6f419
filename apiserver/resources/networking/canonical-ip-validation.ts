/** Addresses and ranges that are names: each has one form, so that the same one cannot be taken twice. */

import { isIP } from 'node:net'
import { validateCidr } from '../core/ip-validation.ts'
import { type FieldErrors, invalid } from '../field-errors.ts'

/** As RFC 5952 writes it. */
export const canonical = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address

/** Problems with an address that is a name; none when it is in its one form. */
export function canonicalIpProblems(text: string): string[] {
  if (isIP(text) === 0) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']
  if (/^::ffff:/i.test(text)) return ['must not be an IPv4-mapped IPv6 address']
  return canonical(text) === text ? [] : [`must be in canonical form ("${canonical(text)}")`]
}

export function* validateCanonicalCidr(text: string, field: string): FieldErrors {
  const problems = [...validateCidr(text, field)]
  yield* problems
  if (problems.length > 0) return
  const [address = '', bits = ''] = text.split('/')
  if (hasBitsBeyond(address, Number(bits)))
    yield invalid(field, text, 'must not have bits set beyond the prefix length')
  else if (canonical(address) !== address)
    yield invalid(field, text, `must be in canonical form ("${canonical(address)}/${bits}")`)
}

export function hasBitsBeyond(address: string, bits: number): boolean {
  const [value, width] = isIP(address) === 4 ? [ipv4Value(address), 32] : [ipv6Value(address), 128]
  return (value & ((1n << BigInt(width - bits)) - 1n)) !== 0n
}

/** The first address of a range. */
export function networkOf(address: string, bits: number): string {
  const [value, width] = isIP(address) === 4 ? [ipv4Value(address), 32] : [ipv6Value(address), 128]
  const beyond = BigInt(width - bits)
  const network = (value >> beyond) << beyond
  const [parts, size] = width === 32 ? [4, 8n] : [8, 16n]
  const groups = Array.from({ length: parts }, (_, at) =>
    ((network >> (BigInt(parts - 1 - at) * size)) & ((1n << size) - 1n)).toString(
      width === 32 ? 10 : 16,
    ),
  )
  return canonical(groups.join(width === 32 ? '.' : ':'))
}

const ipv4Value = (address: string): bigint =>
  address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)

function ipv6Value(address: string): bigint {
  const [head = '', tail] = canonical(address).split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [first, last] = [groups(head), groups(tail ?? '')]
  const zeros = new Array<string>(8 - first.length - last.length).fill('0')
  return [...first, ...zeros, ...last].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  )
}
