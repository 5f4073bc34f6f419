/**
 * The formats that a schema's strings may be of, as the API checks them; it ignores all others. Names are compared
 * without dashes: `date-time` is `datetime`.
 */

import { isIPv4, isIPv6 } from 'node:net'
import { canonicalQuantity, canonicalTime } from '../scalars.ts'

type Check = (text: string) => boolean

const matches =
  (syntax: RegExp): Check =>
  (text) =>
    syntax.test(text)

const uuid = (third: string, fourth: string) =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${third}-?${fourth}-?[0-9a-f]{12}$`, 'i'))

const any = '[0-9a-f]{4}'
const hostLabel = '[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?'
const hostname = new RegExp(`^${hostLabel}(?:\\.${hostLabel})*\\.?$`)

const byName: Readonly<Record<string, Check>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: isUri,
  email: matches(/^[^\s<>()[\],;:\\"@]{1,256}@[^\s<>()[\],;:\\"@]{1,255}$/),
  hostname: (text) => text.length <= 255 && hostname.test(text),
  ipv4: isIPv4,
  ipv6: (text) => isIPv6(text) && !text.includes('%'),
  cidr: isCidr,
  mac: isMac,
  uuid: uuid(any, any),
  uuid3: uuid('3[0-9a-f]{3}', any),
  uuid4: uuid('4[0-9a-f]{3}', '[89ab][0-9a-f]{3}'),
  uuid5: uuid('5[0-9a-f]{3}', '[89ab][0-9a-f]{3}'),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: isRgbColor,
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  password: () => true,
  date: (text) =>
    /^\d{4}-\d\d-\d\d$/.test(text) && canonicalTime(`${text}T00:00:00Z`) !== undefined,
  duration: matches(
    /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)\s*(?:ns|nanos?|nanoseconds?|us|µs|μs|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)\s*)+$|^0$/i,
  ),
  datetime: isDateTime,
  quantity: (text) => canonicalQuantity(text) !== undefined,
  k8sshortname: (text) => text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text),
  k8slongname: isLongName,
}

/** The check of a format, for schemas of strings and those without a type; `undefined`: all is good. */
export function stringFormat(format: string): Check | undefined {
  const name = format.replaceAll('-', '')
  return Object.hasOwn(byName, name) ? byName[name] : undefined
}

/** Whether the format is one that the type knows; one that it does not know says nothing. */
export function isKnownFormat(type: string, format: string): boolean {
  switch (type) {
    case '':
    case 'string':
      return stringFormat(format) !== undefined
    case 'integer':
      return format === 'int32' || format === 'int64'
    case 'number':
      return format === 'float' || format === 'double'
    default:
      return false
  }
}

/** An absolute one, or a path: what a request line may hold. */
function isUri(text: string): boolean {
  if (text.startsWith('/')) return !/[\s\p{Cc}]/u.test(text)
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text)
}

function isCidr(text: string): boolean {
  const slash = text.lastIndexOf('/')
  const address = text.slice(0, slash)
  const bits = text.slice(slash + 1)
  if (slash < 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false
  if (isIPv4(address)) return Number(bits) <= 32
  return isIPv6(address) && !address.includes('%') && Number(bits) <= 128
}

/** 6, 8 or 20 bytes, with colons, dashes, or dots after every second. */
function isMac(text: string): boolean {
  const [first = '', ...parts] = text.split(/[:.-]/, 21)
  const separator = text[first.length] ?? ''
  if (separator === '' || [first, ...parts].join(separator) !== text) return false
  const digits = separator === '.' ? 4 : 2
  const bytes = ((parts.length + 1) * digits) / 2
  return (
    [6, 8, 20].includes(bytes) &&
    [first, ...parts].every((part) => part.length === digits && /^[0-9a-f]+$/i.test(part))
  )
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '')
  if (!/^\d{9}[\dX]$/.test(digits)) return false
  let sum = 0
  for (let at = 0; at < 10; at++) sum += (at + 1) * (digits[at] === 'X' ? 10 : Number(digits[at]))
  return sum % 11 === 0
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '')
  if (!/^\d{13}$/.test(digits)) return false
  let sum = 0
  for (let at = 0; at < 13; at++) sum += (at % 2 === 0 ? 1 : 3) * Number(digits[at])
  return sum % 10 === 0
}

const cardNumber =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/

function isCreditCard(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  if (!cardNumber.test(digits)) return false
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    const doubled = at % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

function isRgbColor(text: string): boolean {
  const parts = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(text)
  return parts?.slice(1).every((part) => Number(part) <= 255) ?? false
}

function isDateTime(text: string): boolean {
  const upper = text.replace(/^(\d{4}-\d\d-\d\d)[t ]/, '$1T').replace(/z$/, 'Z')
  return canonicalTime(upper.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) !== undefined
}

function isLongName(text: string): boolean {
  const isPart = (part: string) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(part)
  return text.length <= 253 && text.split('.').every(isPart)
}
