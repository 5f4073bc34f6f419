/** Times and durations as texts: RFC 3339 with nanoseconds, and Go's durations. */

import { Duration, Timestamp } from './values.ts'

const timeSyntax =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/

export function parseTimestamp(text: string): Timestamp | undefined {
  const match = timeSyntax.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const valid = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!valid || hour > 23 || minute > 59 || second > 59 || year === 0) return undefined
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0))
  const seconds = date.getTime() / 1000 + hour * 3600 + (minute - offset) * 60 + second
  const nanos = BigInt((match[7] ?? '').padEnd(9, '0'))
  return new Timestamp(BigInt(seconds) * 1_000_000_000n + nanos, offset)
}

/** RFC 3339, by the clock that it was written by, with the fraction that there is. */
export function formatTimestamp({ nanos, offset }: Timestamp): string {
  const seconds = (nanos - mod(nanos, 1_000_000_000n)) / 1_000_000_000n
  const fraction = String(mod(nanos, 1_000_000_000n)).padStart(9, '0').replace(/0+$/, '')
  const local = new Date((Number(seconds) + offset * 60) * 1000)
  const whole = local.toISOString().slice(0, 19)
  return `${whole}${fraction === '' ? '' : `.${fraction}`}${formatOffset(offset)}`
}

function formatOffset(minutes: number): string {
  if (minutes === 0) return 'Z'
  const two = (value: number) => String(value).padStart(2, '0')
  const east = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(east / 60))}:${two(east % 60)}`
}

const mod = (value: bigint, by: bigint) => ((value % by) + by) % by

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

const durationSyntax = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/
const durationPart = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g

/** `1h30m`, `1.5s`, `-2m`, `0`. */
export function parseDuration(text: string): Duration | undefined {
  if (/^[+-]?0$/.test(text)) return new Duration(0n)
  if (text.length > 200 || !durationSyntax.test(text)) return undefined
  let nanos = 0n
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(durationPart)) {
    const size = units[unit] ?? 0n
    nanos += BigInt(whole || '0') * size
    if (fraction !== '') nanos += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length)
  }
  const signed = text.startsWith('-') ? -nanos : nanos
  return BigInt.asIntN(64, signed) === signed ? new Duration(signed) : undefined
}

/** Seconds, as the language prints durations: `90s`, `1.5s`. */
export function formatDuration({ nanos }: Duration): string {
  const positive = nanos < 0n ? -nanos : nanos
  const fraction = String(positive % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  const text = `${positive / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}s`
  return nanos < 0n ? `-${text}` : text
}
