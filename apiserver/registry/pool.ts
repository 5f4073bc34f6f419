/**
 * The values that objects take from a shared range: service addresses and node ports, as numbers. Which are taken
 * is not known here. The lower band is left to those who ask for a value by name, as long as the rest lasts.
 */

import type { Random } from '../../ports/random.ts'

export interface Pool {
  readonly name: 'clusterip' | 'nodeport'
  /** How many values there are; values are offsets from 0. */
  readonly size: number
  /** Offsets below are only given out when all above are taken. */
  readonly reserved: number
  /** The offset of a text, or what is wrong with it. */
  parse(text: string): { offset: number } | { problem: string }
  format(offset: number): string
  /** What is said when nothing is left. */
  readonly full: string
}

/** At least 16 and at most `most` values, a sixteenth of the range in between. */
const band = (size: number, most: number) => {
  if (size <= 16) return 0
  return Math.min(most, Math.max(16, Math.floor(size / 16)))
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = value * 256 + Number(part)
  }
  return value
}

const formatIpv4 = (value: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')

/** Addresses of an IPv4 range, its first (the network) and last (broadcast) left out. @throws RangeError */
export function addressPool(cidr: string): Pool {
  const [base = '', bits = ''] = cidr.split('/')
  const start = parseIpv4(base)
  const length = Number(bits)
  if (start === undefined || !/^\d+$/.test(bits) || length < 8 || length > 30)
    throw new RangeError(`${cidr} is not an IPv4 range of /8 to /30 such as 10.96.0.0/16`)
  const network = start - (start % 2 ** (32 - length))
  const size = 2 ** (32 - length) - 2
  return {
    name: 'clusterip',
    size,
    reserved: band(size, 256),
    parse(text) {
      const value = parseIpv4(text)
      const offset = value === undefined ? -1 : value - network - 1
      if (offset >= 0 && offset < size) return { offset }
      return {
        problem: `failed to allocate IP ${text}: the provided IP (${text}) is not in the valid range. The range of valid IPs is ${cidr}`,
      }
    },
    format: (offset) => formatIpv4(network + 1 + offset),
    full: 'failed to allocate a serviceIP: range is full',
  }
}

/** Ports from `30000-32767`. @throws RangeError */
export function portPool(range: string): Pool {
  const [from = Number.NaN, to = Number.NaN] = range.split('-').map(Number)
  if (!(from > 0 && to >= from && to < 65_536))
    throw new RangeError(`${range} is not a range of ports such as 30000-32767`)
  const size = to - from + 1
  return {
    name: 'nodeport',
    size,
    reserved: band(size, 128),
    parse(text) {
      const offset = Number(text) - from
      if (offset >= 0 && offset < size) return { offset }
      return {
        problem: `provided port is not in the valid range. The range of valid ports is ${range}`,
      }
    },
    format: (offset) => String(from + offset),
    full: 'failed to allocate a nodePort: range is full',
  }
}

/** Offsets to try, in an order that servers which do not know of each other seldom share; each once. */
export function* candidates(pool: Pool, random: Random): Generator<number> {
  const upper = pool.size - pool.reserved
  for (const [from, count] of [
    [pool.reserved, upper],
    [0, pool.reserved],
  ] as const) {
    if (count === 0) continue
    const start = Math.floor(random.next() * count)
    for (let step = 0; step < count; step++) yield from + ((start + step) % count)
  }
}
