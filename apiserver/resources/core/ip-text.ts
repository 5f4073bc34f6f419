/** IP addresses and ranges as texts: the one form of each, and where a range begins. Whether a text is one is not asked here. */

import { isIP } from 'node:net'

/** As RFC 5952 writes it. */
export const canonical = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address

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
