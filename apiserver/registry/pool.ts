/**
 * The values that objects take from a shared range: service addresses and node ports, as numbers. Which are taken
 * is not known here. The lower band of a range is left to those who ask for a value by name, as long as the rest lasts.
 */

import { formatIpv4, hostsOf, isWithin, parseIpv4, type Span } from '../../api/ipv4.ts'
import type { Random } from '../../ports/random.ts'

export interface Pool {
  /** Where values are looked for, in this order. */
  readonly bands: readonly Span[]
  /** What is wrong with a value that somebody asks for; `undefined` where nothing is. */
  problem(text: string): string | undefined
  format(number: number): string
  /** What is said when nothing is left. */
  readonly full: string
}

/** At least 16 and at most `most` values, a sixteenth of the range in between, come last. */
function bandsOf({ first, count }: Span, most: number): Span[] {
  const reserved = count <= 16 ? 0 : Math.min(most, Math.max(16, Math.floor(count / 16)))
  return [
    { first: first + reserved, count: count - reserved },
    { first, count: reserved },
  ]
}

/** Addresses of IPv4 ranges such as `10.96.0.0/16`. @throws RangeError */
export function addressPool(cidrs: readonly string[]): Pool {
  const ranges = cidrs.map(hostsOf)
  return {
    bands: ranges.flatMap((range) => bandsOf(range, 256)),
    problem(text) {
      const value = parseIpv4(text) ?? -1
      return ranges.some((range) => isWithin(range, value))
        ? undefined
        : `failed to allocate IP ${text}: the provided network does not match the current range`
    },
    format: formatIpv4,
    full: 'failed to allocate a serviceIP: range is full',
  }
}

/** The first address that a range gives out. @throws RangeError where it gives out none, or far too many */
export function firstAddress(cidr: string): string {
  const { first, count } = hostsOf(cidr)
  if (count < 2 || count > 2 ** 24)
    throw new RangeError(`${cidr} is not an IPv4 range of /8 to /30 such as 10.96.0.0/16`)
  return formatIpv4(first)
}

/** Ports from `30000-32767`. @throws RangeError */
export function portPool(range: string): Pool {
  const [from = Number.NaN, to = Number.NaN] = range.split('-').map(Number)
  if (!(from > 0 && to >= from && to < 65_536))
    throw new RangeError(`${range} is not a range of ports such as 30000-32767`)
  return {
    bands: bandsOf({ first: from, count: to - from + 1 }, 128),
    problem(text) {
      const port = Number(text)
      return port >= from && port <= to
        ? undefined
        : `provided port is not in the valid range. The range of valid ports is ${range}`
    },
    format: String,
    full: 'failed to allocate a nodePort: range is full',
  }
}

/** Values to try, in an order that servers which do not know of each other seldom share; each once in its band. */
export function* candidates({ bands, format }: Pool, random: Random): Generator<string> {
  for (const { first, count } of bands) {
    const start = Math.floor(random.next() * count)
    for (let step = 0; step < count; step++) yield format(first + ((start + step) % count))
  }
}
