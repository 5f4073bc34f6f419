/** Addresses and ranges of addresses. IPv4 in IPv6 form, zones and odd spellings are refused. */

import { isIP } from 'node:net'
import * as cost from '../cost.ts'
import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import { always, type Price, walk } from '../prices.ts'
import { Opaque } from '../values.ts'

export class Ip extends Opaque {
  readonly typeName: string = 'net.IP'
  readonly family: 4 | 6
  readonly bits: bigint

  constructor(family: 4 | 6, bits: bigint) {
    super()
    this.family = family
    this.bits = bits
  }

  override equals(other: Opaque): boolean {
    return other instanceof Ip && other.family === this.family && other.bits === this.bits
  }

  override toString(): string {
    return this.family === 4 ? formatV4(this.bits) : formatV6(this.bits)
  }
}

export class Cidr extends Opaque {
  readonly typeName = 'net.CIDR'
  readonly ip: Ip
  readonly prefix: number

  constructor(ip: Ip, prefix: number) {
    super()
    this.ip = ip
    this.prefix = prefix
  }

  override equals(other: Opaque): boolean {
    return other instanceof Cidr && other.prefix === this.prefix && other.ip.equals(this.ip)
  }

  override toString(): string {
    return `${this.ip}/${this.prefix}`
  }

  /** The address with all bits beyond the prefix gone. */
  get masked(): Cidr {
    const rest = BigInt(widthOf(this.ip) - this.prefix)
    return new Cidr(new Ip(this.ip.family, (this.ip.bits >> rest) << rest), this.prefix)
  }

  contains(other: Ip): boolean {
    const rest = BigInt(widthOf(this.ip) - this.prefix)
    return other.family === this.ip.family && other.bits >> rest === this.ip.bits >> rest
  }
}

const widthOf = ({ family }: Ip) => (family === 4 ? 32 : 128)

const formatV4 = (bits: bigint) => [24n, 16n, 8n, 0n].map((by) => (bits >> by) & 255n).join('.')

/** The longest run of zeros, at least two groups long, is left out. */
function formatV6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bits >> BigInt(112 - 16 * at)) & 0xffffn).toString(16),
  )
  let [start, length] = [-1, 1]
  for (let at = 0; at < 8; at++) {
    let end = at
    while (end < 8 && groups[end] === '0') end++
    if (end - at > length) [start, length] = [at, end - at]
    at = Math.max(at, end - 1)
  }
  if (start < 0) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

const readV4 = (text: string) =>
  text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)

function readV6(text: string): bigint {
  const plain = text.replace(/(\d+\.\d+\.\d+\.\d+)$/, (v4) => {
    const bits = readV4(v4)
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`
  })
  const [head = '', tail] = plain.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : Array<string>(8 - first.length - last.length).fill('0')
  return [...first, ...middle, ...last].reduce(
    (bits, group) => (bits << 16n) | BigInt(`0x${group}`),
    0n,
  )
}

type Parsed<T> = { value: T } | { problem: string }

export function parseIp(text: string): Parsed<Ip> {
  const quoted = JSON.stringify(text)
  if (text.length > 64 || isIP(text) === 0)
    return {
      problem: `IP Address ${quoted} parse error during conversion from string: ParseAddr(${quoted}): unable to parse IP`,
    }
  if (text.includes('%')) return { problem: `IP address ${quoted} with zone value is not allowed` }
  if (isIP(text) === 4) return { value: new Ip(4, readV4(text)) }
  const bits = readV6(text)
  if (bits >> 32n === 0xffffn)
    return { problem: `IPv4-mapped IPv6 address ${quoted} is not allowed` }
  return { value: new Ip(6, bits) }
}

export function parseCidr(text: string): Parsed<Cidr> {
  const quoted = JSON.stringify(text)
  const [, address = '', prefix = ''] = /^([^/]*)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const wrong = `network address parse error during conversion from string: netip.ParsePrefix(${quoted}): `
  if (prefix === '') return { problem: `${wrong}${prefixProblem(text)}` }
  const ip = parseIp(address)
  if ('problem' in ip)
    return { problem: ip.problem.startsWith('IPv4-mapped') ? ip.problem : `${wrong}${ip.problem}` }
  if (Number(prefix) > widthOf(ip.value)) return { problem: `${wrong}prefix length out of range` }
  return { value: new Cidr(ip.value, Number(prefix)) }
}

function prefixProblem(text: string): string {
  const slash = text.lastIndexOf('/')
  return slash < 0 ? "no '/'" : `bad bits after slash: ${JSON.stringify(text.slice(slash + 1))}`
}

/** Steps that reading one, or telling its kind, takes. */
const readWork = 40

function read<T>(parsed: Parsed<T>): T {
  if ('value' in parsed) return parsed.value
  throw new CelRuntimeError(parsed.problem)
}

/** Read when first asked for: the first IPv6 address that Node checks takes it long. */
function ranges(...texts: string[]): () => readonly Cidr[] {
  let all: readonly Cidr[] | undefined
  return () => {
    all ??= texts.map((text) => read(parseCidr(text)))
    return all
  }
}

const within = (ip: Ip, all: () => readonly Cidr[]) => all().some((range) => range.contains(ip))

const loopback = ranges('127.0.0.0/8', '::1/128')
const linkLocal = ranges('169.254.0.0/16', 'fe80::/10')
const localMulticast = ranges('224.0.0.0/24')
/** Multicast, and the broadcast address. */
const manifold = ranges('224.0.0.0/4', 'ff00::/8', '255.255.255.255/32')

const kinds: [string, (ip: Ip) => boolean][] = [
  ['isUnspecified', (ip) => ip.bits === 0n],
  ['isLoopback', (ip) => within(ip, loopback)],
  [
    'isLinkLocalMulticast',
    (ip) =>
      within(ip, localMulticast) || (ip.family === 6 && ((ip.bits >> 112n) & 0xff0fn) === 0xff02n),
  ],
  ['isLinkLocalUnicast', (ip) => within(ip, linkLocal)],
  [
    'isGlobalUnicast',
    (ip) => ip.bits !== 0n && ![loopback, linkLocal, manifold].some((all) => within(ip, all)),
  ],
]

/** Comparing costs as much as the range's prefix has bytes, and reading a text on top. */
function containing(text: boolean, deeper: boolean): Price {
  const bytes: cost.Range = { min: 4, max: 16 }
  return {
    actual: ([cidr, other]) => {
      const prefix = Math.ceil((cidr as Cidr).prefix / 8) * cost.stringTraversal
      const compared = Math.ceil(2 * prefix) + (deeper ? Math.ceil(prefix) + 1 : 0)
      return compared + (text ? Math.ceil(String(other).length * cost.stringTraversal) : 0)
    },
    estimate: ([, other]) => {
      let range = cost.scale(cost.add(bytes, bytes), cost.stringTraversal)
      if (deeper) range = cost.sum([range, cost.scale(bytes, cost.stringTraversal), cost.fixed(1)])
      if (text && other) range = cost.add(range, cost.scale(other.size, cost.stringTraversal))
      return { cost: range }
    },
  }
}

const containsCidr = (outer: Cidr, inner: Cidr) =>
  outer.prefix <= inner.prefix && outer.contains(inner.ip)

const ips = [
  declare(
    'ip(string) net.IP',
    ([text]: readonly [string], meter) => {
      meter.work(readWork)
      return read(parseIp(text))
    },
    walk(0),
  ),
  declare(
    'isIP(string) bool',
    ([text]: readonly [string], meter) => {
      meter.work(readWork)
      return 'value' in parseIp(text)
    },
    walk(0),
  ),
  declare(
    'ip.isCanonical(string) bool',
    ([text]: readonly [string], meter) => {
      meter.work(2 * readWork)
      return String(read(parseIp(text))) === text
    },
    walk(0, 2),
  ),
  declare('net.IP.family() int', ([ip]: readonly [Ip]) => BigInt(ip.family)),
  ...kinds.map(([name, holds]) =>
    declare(`net.IP.${name}() bool`, ([ip]: readonly [Ip], meter) => {
      meter.work(readWork)
      return holds(ip)
    }),
  ),
  declare('string(net.IP) string', ([ip]: readonly [Ip]) => String(ip)),
]

const cidrs = [
  declare(
    'cidr(string) net.CIDR',
    ([text]: readonly [string], meter) => {
      meter.work(readWork)
      return read(parseCidr(text))
    },
    walk(0),
  ),
  declare(
    'isCIDR(string) bool',
    ([text]: readonly [string], meter) => {
      meter.work(readWork)
      return 'value' in parseCidr(text)
    },
    walk(0),
  ),
  declare('net.CIDR.ip() net.IP', ([cidr]: readonly [Cidr]) => cidr.ip, always(1)),
  declare('net.CIDR.masked() net.CIDR', ([cidr]: readonly [Cidr]) => cidr.masked),
  declare('net.CIDR.prefixLength() int', ([cidr]: readonly [Cidr]) => BigInt(cidr.prefix)),
  declare('string(net.CIDR) string', ([cidr]: readonly [Cidr]) => String(cidr)),
  declare(
    'net.CIDR.containsIP(net.IP) bool',
    ([cidr, ip]: readonly [Cidr, Ip]) => cidr.contains(ip),
    containing(false, false),
  ),
  declare(
    'net.CIDR.containsIP(string) bool',
    ([cidr, ip]: readonly [Cidr, string], meter) => {
      meter.work(readWork)
      return cidr.contains(read(parseIp(ip)))
    },
    containing(true, false),
  ),
  declare(
    'net.CIDR.containsCIDR(net.CIDR) bool',
    ([cidr, other]: readonly [Cidr, Cidr]) => containsCidr(cidr, other),
    containing(false, true),
  ),
  declare(
    'net.CIDR.containsCIDR(string) bool',
    ([cidr, other]: readonly [Cidr, string], meter) => {
      meter.work(readWork)
      return containsCidr(cidr, read(parseCidr(other)))
    },
    containing(true, true),
  ),
]

export const addresses: readonly Overload[] = [...ips, ...cidrs]
