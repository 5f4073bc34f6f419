/**
 * The strings that are more than strings: times, quantities and durations, checked and brought into the one form in
 * which the API stores them. Each returns `undefined` for what it cannot read; the caller words the refusal.
 */

const timeSyntax =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/

function readTime(text: string): { seconds: number; fraction: string } | undefined {
  const match = timeSyntax.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number)
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0))
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  if (hour > 23 || minute > 59 || second > 59 || Number(match[9] ?? 0) > 23) return undefined
  const seconds = date.getTime() / 1000 + hour * 3600 + (minute - offset) * 60 + second
  return { seconds, fraction: match[7] ?? '' }
}

/** Years 1 to 9999, as RFC 3339 can write them. */
const writable = (seconds: number) => seconds >= -62_135_596_800 && seconds <= 253_402_300_799

/** As most times come: nothing to change, and no day that some months lack. */
const canonicalAlready =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/

/** `2026-01-01T01:00:00.5+01:00` as `2026-01-01T00:00:00Z`: `metav1.Time` knows whole seconds, in UTC. */
export function canonicalTime(text: string): string | undefined {
  if (canonicalAlready.test(text)) return text
  const time = readTime(text)
  return time && formatTime(time.seconds)
}

/** The same with six digits, as `metav1.MicroTime` has them; further ones are cut. */
export function canonicalMicroTime(text: string): string | undefined {
  const time = readTime(text)
  return time && formatMicroTime(time.seconds, Number(time.fraction.padEnd(6, '0').slice(0, 6)))
}

/** Seconds since the epoch; `undefined` where RFC 3339 cannot write them. */
export function formatTime(seconds: number): string | undefined {
  if (!Number.isSafeInteger(seconds) || !writable(seconds)) return undefined
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}

export function formatMicroTime(seconds: number, micros: number): string | undefined {
  const time = formatTime(seconds)
  if (time === undefined || micros < 0 || micros > 999_999) return undefined
  return `${time.slice(0, 19)}.${String(micros).padStart(6, '0')}Z`
}

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const quantitySyntax =
  /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?\d{1,10})$/
/** What needs no change: below the next suffix, and far from the greatest value. */
const alreadyCanonical = /^[1-9]\d{0,2}(?:[numkMGTP]?|[KMGT]i)$/
const nano = 1_000_000_000n
const greatest = (2n ** 63n - 1n) * nano

/**
 * `0.5` as `500m`, `1024Mi` as `1Gi`: no fraction, the greatest suffix that loses nothing. Digits beyond nano round
 * up, values beyond an int64 are cut to it, as the API does.
 */
export function canonicalQuantity(given: string): string | undefined {
  if (alreadyCanonical.test(given)) return given
  const text = given.trim()
  if (text.length > 64) return undefined
  const match = quantitySyntax.exec(text)
  if (!match) return undefined
  const [, sign, digits = '', suffix = ''] = match
  const magnitude = nanosOf(digits, suffix)
  if (magnitude === 0n) return '0'
  const capped = magnitude > greatest ? greatest : magnitude
  const written =
    binarySuffixes.includes(suffix) && suffix !== ''
      ? binary(capped)
      : decimal(capped, /^[eE]./.test(suffix))
  return sign === '-' ? `-${written}` : written
}

function nanosOf(digits: string, suffix: string): bigint {
  const [whole = '', fraction = ''] = digits.split('.')
  const unscaled = BigInt(whole + fraction || '0')
  if (unscaled === 0n) return 0n
  const power = binarySuffixes.indexOf(suffix)
  if (power > 0) {
    const divisor = 10n ** BigInt(fraction.length)
    return (unscaled * nano * 1024n ** BigInt(power) + divisor - 1n) / divisor
  }
  const exponent = /^[eE]./.test(suffix)
    ? Math.max(-100, Math.min(100, Number(suffix.slice(1))))
    : (decimalSuffixes.indexOf(suffix) - 3) * 3
  const scale = exponent + 9 - fraction.length
  if (scale >= 0) return unscaled * 10n ** BigInt(scale)
  const divisor = 10n ** BigInt(-scale)
  return (unscaled + divisor - 1n) / divisor
}

function binary(nanos: bigint): string {
  // A fraction of a byte has no binary form that loses nothing.
  if (nanos < 1024n * nano || nanos % nano !== 0n) return decimal(nanos, false)
  let value = nanos / nano
  let power = 0
  while (value % 1024n === 0n && power < binarySuffixes.length - 1) {
    value /= 1024n
    power++
  }
  return `${value}${binarySuffixes[power]}`
}

function decimal(nanos: bigint, exponential: boolean): string {
  let value = nanos
  let power = 0
  while (value % 1000n === 0n && power < decimalSuffixes.length - 1) {
    value /= 1000n
    power++
  }
  if (!exponential) return `${value}${decimalSuffixes[power]}`
  return power === 3 ? `${value}` : `${value}e${(power - 3) * 3}`
}

/** Nanoseconds as Go prints a duration: `1h0m0s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : ''
  const total = nanoseconds < 0n ? -nanoseconds : nanoseconds
  if (total === 0n) return '0s'
  for (const [unit, size] of [
    ['ns', 1n],
    ['µs', 1000n],
    ['ms', 1_000_000n],
  ] as const)
    if (total < size * 1000n) return `${sign}${withFraction(total, size)}${unit}`
  const minutes = total / (60n * nano)
  const seconds = `${withFraction(total % (60n * nano), nano)}s`
  if (minutes === 0n) return `${sign}${seconds}`
  return `${sign}${minutes >= 60n ? `${minutes / 60n}h` : ''}${minutes % 60n}m${seconds}`
}

function withFraction(value: bigint, unit: bigint): string {
  const fraction = String(value % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '')
  return fraction === '' || unit === 1n ? `${value / unit}` : `${value / unit}.${fraction}`
}

const durationUnits: Record<string, bigint> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: nano,
  m: 60n * nano,
  h: 3600n * nano,
}

/** What a duration amounts to; `undefined` for what is none. */
export function nanosecondsOf(text: string): bigint | undefined {
  if (!isDuration(text)) return undefined
  let total = 0n
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d*)\.?(\d*)([a-zµμ]+)/g))
    total +=
      (BigInt(`0${whole}${fraction}`) * (durationUnits[unit] ?? 0n)) /
      10n ** BigInt(fraction.length)
  return text.startsWith('-') ? -total : total
}

export const isDuration = (text: string): boolean =>
  text === '0' || /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)
