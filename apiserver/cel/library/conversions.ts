/** From one type to another: what does not fit is an error, never something else. */

import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { walk } from '../prices.ts'
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from '../time-text.ts'
import {
  type CelList,
  type CelMap,
  type Duration,
  Timestamp,
  TypeValue,
  typeNameOf,
  type Uint,
  type Value,
} from '../values.ts'
import { int, uint } from './integers.ts'

type One<T> = readonly [T]

const second = 1_000_000_000n

function whole(value: number, range: string): bigint {
  if (!Number.isFinite(value)) throw new CelRuntimeError(range)
  return BigInt(Math.trunc(value))
}

function parseWhole(text: string): bigint {
  if (text.length > 40 || !/^[+-]?\d+$/.test(text))
    throw new CelRuntimeError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return BigInt(text.replace('+', ''))
}

const toInt = [
  declare('int(int) int', ([value]: One<bigint>) => value),
  declare('int(uint) int', ([{ value }]: One<Uint>) => int(value)),
  declare('int(double) int', ([value]: One<number>) => int(whole(value, 'integer overflow'))),
  declare('int(string) int', ([text]: One<string>) => int(parseWhole(text))),
  declare('int(timestamp) int', ([{ nanos }]: One<Timestamp>) => floor(nanos, second)),
  declare('int(duration) int', ([{ nanos }]: One<Duration>) => nanos),
]

const floor = (value: bigint, by: bigint) => (value - (((value % by) + by) % by)) / by

const toUint = [
  declare('uint(uint) uint', ([value]: One<Uint>) => value),
  declare('uint(int) uint', ([value]: One<bigint>) => uint(value)),
  declare('uint(double) uint', ([value]: One<number>) =>
    uint(whole(value, 'unsigned integer overflow')),
  ),
  declare('uint(string) uint', ([text]: One<string>) => uint(parseWhole(text))),
]

function parseDouble(text: string): number {
  const value = /^[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/.test(text)
    ? Number(text)
    : namedDoubles.get(text.toLowerCase())
  if (value === undefined)
    throw new CelRuntimeError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`)
  return value
}

const namedDoubles = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
])

const toDouble = [
  declare('double(double) double', ([value]: One<number>) => value),
  declare('double(int) double', ([value]: One<bigint>) => Number(value)),
  declare('double(uint) double', ([{ value }]: One<Uint>) => Number(value)),
  declare('double(string) double', ([text]: One<string>) => parseDouble(text)),
]

/** As Go's `%g` prints a double: with an exponent, of two digits at least, below 1e-4 and from 1e6 on. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const scientific = value.toExponential()
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1))
  if (exponent >= -4 && exponent < 6) return String(value)
  return scientific.replace(/e([+-])(\d)$/, 'e$10$2')
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new CelRuntimeError('invalid UTF-8 in bytes, cannot convert to string', { cause: error })
  }
}

const toText = [
  declare('string(string) string', ([text]: One<string>) => text),
  declare('string(bool) string', ([value]: One<boolean>) => String(value)),
  declare('string(int) string', ([value]: One<bigint>) => String(value)),
  declare('string(uint) string', ([{ value }]: One<Uint>) => String(value)),
  declare('string(double) string', ([value]: One<number>) => formatDouble(value)),
  declare(
    'string(bytes) string',
    ([bytes]: One<Uint8Array>, meter) => {
      meter.characters(bytes.length)
      return decodeText(bytes)
    },
    walk(0, 1, ([bytes]) => ({
      min: Math.floor((bytes?.size.min ?? 0) / 4),
      max: bytes?.size.max ?? 0,
    })),
  ),
  declare('string(timestamp) string', ([time]: One<Timestamp>) => formatTimestamp(time)),
  declare('string(duration) string', ([duration]: One<Duration>) => formatDuration(duration)),
]

const toBytes = [
  declare('bytes(bytes) bytes', ([bytes]: One<Uint8Array>) => bytes),
  declare(
    'bytes(string) bytes',
    ([text]: One<string>, meter) => {
      meter.characters(text.length)
      return Uint8Array.from(Buffer.from(text))
    },
    walk(0, 1, ([text]) => ({ min: text?.size.min ?? 0, max: (text?.size.max ?? 0) * 4 })),
  ),
]

const truths = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
])

function parseTruth(text: string): boolean {
  const value = truths.get(text)
  if (value === undefined)
    throw new CelRuntimeError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`)
  return value
}

const toOthers = [
  declare('bool(bool) bool', ([value]: One<boolean>) => value),
  declare('bool(string) bool', ([text]: One<string>) => parseTruth(text)),
  declare('dyn(A) dyn', ([value]: One<Value>) => value),
  declare('type(A) type(A)', ([value]: One<Value>) => new TypeValue(typeNameOf(value))),
  declare('timestamp(timestamp) timestamp', ([time]: One<Timestamp>) => time),
  declare('timestamp(int) timestamp', ([seconds]: One<bigint>) => new Timestamp(seconds * second)),
  declare('timestamp(string) timestamp', ([text]: One<string>) => {
    const time = parseTimestamp(text)
    if (time) return time
    throw new CelRuntimeError(`cannot parse ${JSON.stringify(text)} as a timestamp`)
  }),
  declare('duration(duration) duration', ([duration]: One<Duration>) => duration),
  declare('duration(string) duration', ([text]: One<string>) => {
    const duration = parseDuration(text)
    if (duration) return duration
    throw new CelRuntimeError(`time: invalid duration ${JSON.stringify(text)}`)
  }),
]

/** Characters, not UTF-16 units. */
function characters(text: string, meter: Meter): bigint {
  meter.characters(text.length)
  let count = text.length
  for (let at = 0; at < text.length - 1; at++)
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00)
      count--
  return BigInt(count)
}

const sizes = ['size(string) int', 'string.size() int'].map((signature) =>
  declare(signature, ([text]: One<string>, meter) => characters(text, meter)),
)
const lengths = ['size(bytes) int', 'bytes.size() int'].map((signature) =>
  declare(signature, ([bytes]: One<Uint8Array>) => BigInt(bytes.length)),
)
const counts = ['size(list(A)) int', 'list(A).size() int'].map((signature) =>
  declare(signature, ([list]: One<CelList>) => BigInt(list.size)),
)
const entryCounts = ['size(map(A, B)) int', 'map(A, B).size() int'].map((signature) =>
  declare(signature, ([{ size }]: One<CelMap>, meter) => {
    meter.keys(size)
    return BigInt(size)
  }),
)

export const conversions: readonly Overload[] = [
  ...toInt,
  ...toUint,
  ...toDouble,
  ...toText,
  ...toBytes,
  ...toOthers,
  ...sizes,
  ...lengths,
  ...counts,
  ...entryCounts,
]
