/** `'%s of %d'.format([...])`, and texts in quotes: how values look to people. */

import { CelRuntimeError } from '../errors.ts'
import type { Meter } from '../meter.ts'
import { formatDuration, formatTimestamp } from '../time-text.ts'
import {
  CelList,
  CelMap,
  Duration,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type Value,
} from '../values.ts'
import { formatDouble } from './conversions.ts'

const usualPrecision = 6
const maximumPrecision = 100

export function format([template, args]: readonly [string, CelList], meter: Meter): string {
  meter.characters(template.length)
  let used = 0
  const made = template.replace(
    /%(?:%|(?:\.(\d+))?([a-zA-Z])|)/g,
    (clause: string, precision: string | undefined, verb: string | undefined) => {
      if (clause === '%%') return '%'
      if (verb === undefined) throw new CelRuntimeError('unexpected end of format string')
      if (used >= args.size) throw new CelRuntimeError(`index ${used} out of range`)
      const text = formatted(verb, precision, args.at(used++), meter)
      meter.characters(text.length)
      return text
    },
  )
  if (used < args.size)
    throw new CelRuntimeError(
      `too many arguments supplied to string.format (expected ${used}, got ${args.size})`,
    )
  return made
}

function formatted(
  verb: string,
  precision: string | undefined,
  value: Value,
  meter: Meter,
): string {
  const digits =
    precision === undefined ? usualPrecision : Math.min(Number(precision), maximumPrecision)
  switch (verb) {
    case 's':
      return text(value, meter)
    case 'd':
      if (typeof value === 'bigint') return String(value)
      if (value instanceof Uint) return String(value.value)
      break
    case 'f':
      if (typeof value === 'number') return fixed(value, digits)
      break
    case 'e':
      if (typeof value === 'number') return scientific(value, digits)
      break
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      return inBase(value, 2, verb)
    case 'o':
      return inBase(value, 8, verb)
    case 'x':
    case 'X': {
      const hex = hexadecimal(value)
      if (hex !== undefined) return verb === 'X' ? hex.toUpperCase() : hex
      break
    }
    default:
      throw new CelRuntimeError(
        `could not parse formatting clause: unrecognized formatting clause "${verb}"`,
      )
  }
  throw wrongArgument(verb, value)
}

const verbs: Record<string, string> = {
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  X: 'only integers, byte buffers, and strings can be formatted as hex',
  o: 'octal clause can only be used on integers',
  b: 'only integers and bools can be formatted as binary',
}

const wrongArgument = (verb: string, value: Value) =>
  new CelRuntimeError(
    `error during formatting: ${verbs[verb] ?? 'no such clause'}, was given ${typeNameOf(value)}`,
  )

const infinite = (value: number) => (Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞')

/** As people in the United States write numbers: that is the locale of the language's first formatter. */
function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return infinite(value)
  const [whole = '', fraction] = value.toFixed(digits).split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

const superscripts: Record<string, string> = { '-': '\u207b', 1: '¹', 2: '²', 3: '³' }
const superscript = (char: string) =>
  superscripts[char] ?? String.fromCharCode(0x2070 + Number(char))

function scientific(value: number, digits: number): string {
  if (!Number.isFinite(value)) return infinite(value)
  const [mantissa = '', exponent = ''] = value.toExponential(digits).split('e')
  const power = exponent.replace('+', '').replace(/^(-?)(\d)$/, '$10$2')
  return `${mantissa}\u202f×\u202f10${[...power].map(superscript).join('')}`
}

function inBase(value: Value, base: number, verb: string): string {
  if (typeof value === 'bigint') return value.toString(base)
  if (value instanceof Uint) return value.value.toString(base)
  throw wrongArgument(verb, value)
}

function hexadecimal(value: Value): string | undefined {
  if (typeof value === 'bigint') return value.toString(16)
  if (value instanceof Uint) return value.value.toString(16)
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return undefined
}

/** Steps that a value takes to be written. */
const textWork = 10

/** What `%s` makes of a value. @throws CelRuntimeError */
function text(value: Value, meter: Meter): string {
  meter.work(textWork)
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatDouble(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  if (value instanceof Duration) return formatDuration(value)
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof TypeValue) return value.name
  if (value instanceof CelList)
    return `[${[...value].map((item) => literal(item, meter)).join(', ')}]`
  if (value instanceof CelMap) return mapText(value, meter)
  throw new CelRuntimeError(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeNameOf(value)}`,
  )
}

function mapText(map: CelMap, meter: Meter): string {
  const entries = [...map.keys()].map((key) => [
    literal(key, meter),
    literal(map.get(key) ?? null, meter),
  ])
  entries.sort(([one = ''], [other = '']) => (one < other ? -1 : 1))
  return `{${entries.map((entry) => entry.join(':')).join(', ')}}`
}

/** Within lists and maps values look as an expression would write them. */
function literal(value: Value, meter: Meter): string {
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? value.toFixed(usualPrecision)
      : JSON.stringify(formatDouble(value))
  const plain = text(value, meter)
  if (typeof value === 'string') return JSON.stringify(plain)
  if (value instanceof Uint8Array) return `b${JSON.stringify(plain)}`
  if (value instanceof Duration) return `duration(${JSON.stringify(plain)})`
  return value instanceof Timestamp ? `timestamp(${JSON.stringify(plain)})` : plain
}

const escapes: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

export function quote(given: string, meter: Meter): string {
  meter.characters(given.length * 2)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
  return `"${given.toWellFormed().replace(/[\x07\b\f\n\r\t\v\\"]/g, (char) => escapes[char] ?? char)}"`
}
