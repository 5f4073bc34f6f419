/** Texts: the standard tests, and the extension in its second version. Places are counted in characters. */

import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { joining, one, replacement, sameSize, substringSearch, traversal, walk } from '../prices.ts'
import { type CelList, Items } from '../values.ts'
import { format, quote } from './string-format.ts'

type Args<T extends readonly unknown[]> = readonly [string, ...T]

/** Longer than any real text; what would be longer is over budget. */
const maximumLength = 10_000_000

function room(length: number, meter: Meter): void {
  if (length > maximumLength)
    throw new CelRuntimeError(`text of more than ${maximumLength} characters`)
  meter.characters(length)
}

/** A text as its characters; cheap while there are no surrogates. */
function characters(text: string, meter: Meter): readonly string[] | string {
  meter.characters(text.length)
  return /[\ud800-\udfff]/.test(text) ? [...text] : text
}

const piece = (all: readonly string[] | string, from: number, to?: number): string =>
  typeof all === 'string' ? all.slice(from, to) : all.slice(from, to).join('')

const tests = [
  declare(
    'string.contains(string) bool',
    ([text, part]: Args<[string]>, meter) => {
      meter.characters(text.length)
      return text.includes(part)
    },
    substringSearch,
  ),
  declare(
    'string.startsWith(string) bool',
    ([text, part]: Args<[string]>) => text.startsWith(part),
    affix(),
  ),
  declare(
    'string.endsWith(string) bool',
    ([text, part]: Args<[string]>) => text.endsWith(part),
    affix(),
  ),
]

/** Estimated by the part, charged by the text. */
function affix() {
  return { ...walk(1), actual: walk(0).actual }
}

function charAt([text, index]: Args<[bigint]>, meter: Meter): string {
  const all = characters(text, meter)
  if (index < 0n || index > BigInt(all.length)) throw outOfRange(index)
  return all[Number(index)] ?? ''
}

const outOfRange = (index: bigint) => new CelRuntimeError(`index out of range: ${index}`)

function substring([text, from, to]: readonly [string, bigint, bigint?], meter: Meter): string {
  const all = characters(text, meter)
  const end = to ?? BigInt(all.length)
  if (to !== undefined && from > to)
    throw new CelRuntimeError(`invalid substring range. start: ${from}, end: ${to}`)
  if (from < 0n || from > BigInt(all.length)) throw outOfRange(from)
  if (end < 0n || end > BigInt(all.length)) throw outOfRange(end)
  return piece(all, Number(from), Number(end))
}

/** The place of a part, in characters. */
function placeOf(text: string, units: number, meter: Meter): bigint {
  return BigInt(units < 0 ? -1 : characters(text.slice(0, units), meter).length)
}

/** Where a place in characters is in UTF-16 units. */
function unitsOf(text: string, place: bigint, meter: Meter): number {
  const all = characters(text, meter)
  if (place < 0n || place > BigInt(all.length)) throw outOfRange(place)
  return piece(all, 0, Number(place)).length
}

function indexOf(
  [text, part, from = 0n]: readonly [string, string, bigint?],
  meter: Meter,
): bigint {
  meter.characters(text.length)
  if (part === '') return from
  return placeOf(text, text.indexOf(part, unitsOf(text, from, meter)), meter)
}

function lastIndexOf([text, part, to]: readonly [string, string, bigint?], meter: Meter): bigint {
  meter.characters(text.length)
  if (part === '') return to ?? BigInt(characters(text, meter).length)
  const units = to === undefined ? text.length : unitsOf(text, to, meter)
  return placeOf(text, text.lastIndexOf(part, units), meter)
}

function replace(
  [text, old, by, limit = -1n]: readonly [string, string, string, bigint?],
  meter: Meter,
): string {
  meter.characters(text.length)
  const most = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)
  const parts = old === '' ? separated(text, meter) : split(text, old, most, meter)
  const count = Math.min(most, parts.length - 1)
  room(text.length + count * by.length, meter)
  const head = parts.slice(0, count + 1).join(by)
  return count < parts.length - 1 ? [head, ...parts.slice(count + 1)].join(old) : head
}

/** Cut before, between and after all characters, as an empty text stands there. */
function separated(text: string, meter: Meter): string[] {
  meter.work(text.length)
  return text === '' ? ['', ''] : ['', ...text, '']
}

/** At the first `cuts` places. */
function split(text: string, separator: string, cuts: number, meter: Meter): string[] {
  const parts: string[] = []
  let at = 0
  for (let next = text.indexOf(separator); next >= 0 && parts.length < cuts; ) {
    meter.work(1)
    parts.push(text.slice(at, next))
    at = next + separator.length
    next = text.indexOf(separator, at)
  }
  return [...parts, text.slice(at)]
}

function splitInto(
  [text, separator, limit = -1n]: readonly [string, string, bigint?],
  meter: Meter,
): Items {
  if (limit === 0n) return new Items([])
  meter.characters(text.length)
  const cuts = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit) - 1
  if (separator !== '') return new Items(split(text, separator, cuts, meter))
  meter.work(text.length)
  const all = [...text]
  if (all.length <= cuts) return new Items(all)
  return new Items([...all.slice(0, cuts), all.slice(cuts).join('')])
}

function join([list, separator = '']: readonly [CelList, string?], meter: Meter): string {
  const parts: string[] = []
  let length = 0
  for (const item of list) {
    if (typeof item !== 'string') throw new CelRuntimeError('no such overload')
    meter.work(1)
    length += item.length + separator.length
    if (length > maximumLength) break
    parts.push(item)
  }
  room(length, meter)
  return parts.join(separator)
}

/** Of the letters a to z alone. */
const lower = (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())
const upper = (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())

/** What Unicode calls white space; a pattern for the end of a text would try every place in it. */
const space = /[\s\u0085]/
const isSpace = (char: string) => char !== '\ufeff' && space.test(char)

function trimmed(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isSpace(text.charAt(start))) start++
  while (start < end && isSpace(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

const changed =
  (change: (text: string) => string) =>
  ([text]: Args<[]>, meter: Meter): string => {
    meter.characters(text.length)
    return change(text)
  }

const sliced = walk(0, 1, sameSize)
const quoting = walk(0, 1, ([text]) => ({
  min: (text?.size.min ?? 0) + 2,
  max: (text?.size.max ?? 0) * 2 + 2,
}))
const splitting = walk(0, 2, ([text, , limit]) => ({
  min: 0,
  max: limit?.number !== undefined && limit.number >= 0 ? limit.number : (text?.size.max ?? 0),
}))

export const strings: readonly Overload[] = [
  ...tests,
  declare('string.charAt(int) string', charAt, one),
  declare('string.substring(int) string', substring, sliced),
  declare('string.substring(int, int) string', substring, sliced),
  declare('string.indexOf(string) int', indexOf, traversal),
  declare('string.indexOf(string, int) int', indexOf, traversal),
  declare('string.lastIndexOf(string) int', lastIndexOf, traversal),
  declare('string.lastIndexOf(string, int) int', lastIndexOf, traversal),
  declare('string.replace(string, string) string', replace, replacement),
  declare('string.replace(string, string, int) string', replace, replacement),
  declare('string.split(string) list(string)', splitInto, splitting),
  declare('string.split(string, int) list(string)', splitInto, splitting),
  declare('list(string).join() string', join, joining),
  declare('list(string).join(string) string', join, joining),
  declare('string.lowerAscii() string', changed(lower), sliced),
  declare('string.upperAscii() string', changed(upper), sliced),
  declare('string.trim() string', changed(trimmed), sliced),
  declare('string.format(list(dyn)) string', format, walk(0)),
  declare('strings.quote(string) string', ([text]: Args<[]>, meter) => quote(text, meter), quoting),
]
