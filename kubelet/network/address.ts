/** IPv4 addresses and ranges as numbers: what the bridge, the proxy and the DNS reckon with. */

export interface Cidr {
  /** The first address, as an unsigned 32-bit number. */
  base: number
  prefix: number
}

/** An IPv4 address as an unsigned number; `undefined` when it is not one. */
export function parseAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (!match) return undefined
  const bytes = match.slice(1).map(Number)
  if (bytes.some((byte) => byte > 255)) return undefined
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}

/** @throws RangeError when it is not `a.b.c.d/n` */
export function parseCidr(text: string): Cidr {
  const [address = '', length = ''] = text.split('/')
  const value = parseAddress(address)
  const prefix = Number(length)
  if (value === undefined || !/^\d+$/.test(length) || prefix > 32)
    throw new RangeError(`"${text}" is not an IPv4 range such as 10.244.0.0/16`)
  return { base: (value & maskOf(prefix)) >>> 0, prefix }
}

export function contains(range: Cidr, address: number): boolean {
  return (address & maskOf(range.prefix)) >>> 0 === range.base
}

/** The range's `index`-th address: 1 is the gateway by custom. */
export function addressAt(range: Cidr, index: number): string {
  return formatAddress(range.base + index)
}

const maskOf = (prefix: number) => (prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0)
