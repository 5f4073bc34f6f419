/** IPv4 addresses and ranges as numbers, in their one form only: no leading zeros, no parts left out. */

/** Numbers that follow each other. */
export interface Span {
  first: number
  count: number
}

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = value * 256 + Number(part)
  }
  return value
}

export const formatIpv4 = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')

/** The addresses of `10.96.0.0/16` that can be given out: neither its first (the network) nor its last (broadcast). @throws RangeError */
export function hostsOf(cidr: string): Span {
  const [base = '', bits = ''] = cidr.split('/')
  const start = parseIpv4(base)
  const length = Number(bits)
  if (start === undefined || !/^\d+$/.test(bits) || length > 32)
    throw new RangeError(`${cidr} is not an IPv4 range such as 10.96.0.0/16`)
  const size = 2 ** (32 - length)
  return { first: start - (start % size) + 1, count: Math.max(0, size - 2) }
}

export const isWithin = ({ first, count }: Span, value: number): boolean =>
  value >= first && value < first + count
