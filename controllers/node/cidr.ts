/** Cuts one range of addresses into equal parts, one a node. Pure arithmetic on IPv4 and IPv6. */

import { isIPv4, isIPv6 } from 'node:net'

export interface CidrRange {
  /** How many parts there are, at most 2^53. */
  readonly size: number
  /** `10.244.3.0/24` for 3. */
  part(index: number): string
  /** The part that `cidr` is, or lies in; `undefined` when it is outside of the range. */
  indexOf(cidr: string): number | undefined
}

export class CidrError extends Error {
  override name = 'CidrError'
}

function parse(cidr: string): { bits: number; base: bigint; length: number } {
  const [address = '', length = ''] = cidr.split('/')
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0
  if (bits === 0 || !/^\d+$/.test(length) || Number(length) > bits)
    throw new CidrError(`"${cidr}" is not a range of addresses such as 10.244.0.0/16`)
  const base = bits === 32 ? fromIPv4(address) : fromIPv6(address)
  const host = BigInt(bits - Number(length))
  return { bits, base: (base >> host) << host, length: Number(length) }
}

const fromIPv4 = (address: string): bigint =>
  address.split('.').reduce((value, part) => (value << 8n) + BigInt(part), 0n)

function fromIPv6(address: string): bigint {
  const [head = '', tail = ''] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::') ? 8 - left.length - right.length : 0
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].reduce(
    (value, part) => (value << 16n) + BigInt(`0x${part}`),
    0n,
  )
}

function format(value: bigint, bits: number): string {
  if (bits === 32)
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
  const parts = Array.from({ length: 8 }, (_, at) =>
    ((value >> BigInt(112 - 16 * at)) & 65_535n).toString(16),
  )
  return new URL(`http://[${parts.join(':')}]`).hostname.slice(1, -1)
}

/** @throws CidrError when `maskSize` does not cut `cidr` */
export function cidrRange(cidr: string, maskSize: number): CidrRange {
  const { bits, base, length } = parse(cidr)
  if (maskSize < length || maskSize > bits)
    throw new CidrError(`parts of /${maskSize} cannot be cut out of ${cidr}`)
  const step = 1n << BigInt(bits - maskSize)
  const size = 2 ** Math.min(53, maskSize - length)
  return {
    size,
    part: (index) => `${format(base + BigInt(index) * step, bits)}/${maskSize}`,
    indexOf(other) {
      const parsed = parse(other)
      const index = Number((parsed.base - base) / step)
      const inside = parsed.bits === bits && parsed.base >= base && index < size
      return inside ? index : undefined
    },
  }
}
