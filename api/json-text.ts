/**
 * JSON as clients send it, read with what `JSON.parse` throws away: repeated keys, numbers that a double cannot
 * hold, invalid UTF-8, and a bound on depth that is checked before anything recurses. The common case is one pass
 * over the bytes and `JSON.parse`; only a text in which that pass sees something odd is read by the parser here.
 *
 * Objects are ordinary ones with own properties, as `JSON.parse` makes them: a key `__proto__` is an own property
 * and changes no prototype. Whoever copies them by key uses `setOwn`. A number that is no integer literal, or that
 * exceeds 2^53, comes as `JSON.rawJSON` (a frozen scalar that `JSON.stringify` writes back digit for digit) until
 * `plainNumbers` or the schema settles what it is.
 */

import { isUtf8 } from 'node:buffer'

export const maximumDepth = 512

/** More values than any real object of 3 MiB has; it bounds what two-byte elements can cost. */
export const maximumValues = 250_000

/** What is wrong with a text, in the words of the API's own decoder. */
export class JsonError extends Error {
  override name = 'JsonError'
}

export interface JsonText {
  value: unknown
  /** For each object in which a key stands twice: all of its keys as written. Absent: there is none. */
  repeats?: ReadonlyMap<object, readonly string[]>
}

/** Not yet in TypeScript's library. */
const raw = JSON as unknown as {
  rawJSON(text: string): unknown
  isRawJSON(value: unknown): boolean
}

/** Sets an own property whatever its name. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  else (target as Record<string, unknown>)[key] = value
}

/** A number that no double holds: written as it was read, reckoned with and compared as the nearest double. */
class RawNumber {
  readonly rawJSON: string

  constructor(source: string) {
    this.rawJSON = source
    Object.freeze(this)
  }

  valueOf(): number {
    return Number(this.rawJSON)
  }

  toString(): string {
    return this.rawJSON
  }

  toJSON(): unknown {
    return raw.rawJSON(this.rawJSON)
  }
}

/** @param source a JSON number */
export const rawNumber = (source: string): { rawJSON: string } => new RawNumber(source)

/** Also of one that `JSON.stringify` is about to write, which replacers get to see. */
export const isRawNumber = (value: unknown): value is { rawJSON: string } =>
  value instanceof RawNumber || raw.isRawJSON(value)

const quote = 0x22
const backslash = 0x5c

interface Survey {
  /** Colons outside strings: as many as there are keys, repeated ones included. */
  keys: number
  /** Something is there that `JSON.parse` would lose. */
  odd: boolean
}

/** @throws JsonError beyond the depth */
function survey(bytes: Buffer): Survey {
  let keys = 0
  let depth = 0
  let values = 1
  let odd = false
  const length = bytes.length
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!
    if (byte === quote) {
      for (at++; at < length && bytes[at] !== quote; at++)
        if (bytes[at] === backslash) {
          at++
          if (bytes[at] === 0x75 && (bytes[at + 1]! | 0x20) === 0x64) odd = true
        }
    } else if (byte === 0x3a) keys++
    else if (byte === 0x2c) values++
    else if (byte === 0x7b || byte === 0x5b) {
      values++
      if (++depth > maximumDepth) throw new JsonError('exceeded max depth')
    } else if (byte === 0x7d || byte === 0x5d) depth--
    else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      const start = at
      for (; at + 1 < length && isNumberByte(bytes[at + 1]!); at++)
        if (bytes[at + 1]! < 0x30 || bytes[at + 1]! > 0x39) odd = true
      if (at - start >= 15) odd = true
    }
  }
  if (values > maximumValues) throw new JsonError(`more than ${maximumValues} values`)
  return { keys, odd }
}

const isNumberByte = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2e ||
  byte === 0x65 ||
  byte === 0x45 ||
  byte === 0x2b ||
  byte === 0x2d

function countKeys(value: unknown): number {
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value)
      if (typeof item === 'object' && item !== null) count += countKeys(item)
  } else if (typeof value === 'object' && value !== null)
    for (const key in value) {
      count++
      const inner = (value as Record<string, unknown>)[key]
      if (typeof inner === 'object' && inner !== null) count += countKeys(inner)
    }
  return count
}

/** @throws JsonError */
export function parseJson(bytes: Buffer): JsonText {
  if (!isUtf8(bytes)) throw new JsonError('invalid UTF-8 in the body')
  const { keys, odd } = survey(bytes)
  const text = bytes.toString('utf8')
  if (!odd) {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      // Read again for a message in the API's words.
      return new Parser(text).parse()
    }
    if (countKeys(value) === keys) return { value }
  }
  return new Parser(text).parse()
}

/** Settles raw numbers where no schema says what they are: an int64 stays exact, all else becomes a double. */
export function plainNumbers(value: unknown): unknown {
  if (isRawNumber(value)) return settle(value)
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) value[at] = plainNumbers(value[at])
  } else if (typeof value === 'object' && value !== null)
    for (const key of Object.keys(value)) {
      const inner = (value as Record<string, unknown>)[key]
      if (typeof inner === 'object' && inner !== null) setOwn(value, key, plainNumbers(inner))
    }
  return value
}

function settle(raw: { rawJSON: string }): unknown {
  if (int64Of(raw) !== undefined) return raw
  const double = Number(raw.rawJSON)
  if (!Number.isFinite(double))
    throw new JsonError(
      `json: cannot unmarshal number ${raw.rawJSON} into Go value of type float64`,
    )
  return double
}

/** The exact value of a raw number, where it is an integer of 64 bits. */
export function int64Of(raw: { rawJSON: string }): bigint | undefined {
  if (!/^-?\d+$/.test(raw.rawJSON) || raw.rawJSON.length > 20) return undefined
  const exact = BigInt(raw.rawJSON)
  return BigInt.asIntN(64, exact) === exact ? exact : undefined
}

/** A number to compare and to reckon with: the nearest double where the exact one is larger than any. */
export const nearest = (value: number): number =>
  isRawNumber(value) ? Number((value as { rawJSON: string }).rawJSON) : value

/** A deep copy; raw numbers, being frozen, are shared. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value
  if (Array.isArray(value)) return value.map(cloneJson) as T
  const copy = {}
  for (const key of Object.keys(value))
    setOwn(copy, key, cloneJson((value as Record<string, unknown>)[key]))
  return copy as T
}

/** `spec.containers[0].name` */
export function formatPath(path: readonly (string | number)[]): string {
  let text = ''
  for (const segment of path)
    text += typeof segment === 'number' ? `[${segment}]` : text === '' ? segment : `.${segment}`
  return text
}

const numberSyntax = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
/** A run of a string without quotes, escapes and control characters. */
const plainRun = /[^"\\\p{Cc}]*/uy
const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** The slow way; depth was bounded by the survey. */
class Parser {
  readonly #text: string
  #at = 0
  readonly #repeats = new Map<object, string[]>()

  constructor(text: string) {
    this.#text = text
  }

  parse(): JsonText {
    this.#space()
    const value = this.#value()
    this.#space()
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value')
    return this.#repeats.size > 0 ? { value, repeats: this.#repeats } : { value }
  }

  #space(): void {
    for (;;) {
      const char = this.#text[this.#at]
      if (char !== ' ' && char !== '\n' && char !== '\t' && char !== '\r') return
      this.#at++
    }
  }

  #unexpected(where: string): JsonError {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) return new JsonError('unexpected end of JSON input')
    const char = String.fromCodePoint(code)
    const shown =
      char === "'" ? "'\\''" : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`
    return new JsonError(`invalid character ${shown} ${where}`)
  }

  #value(): unknown {
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
    }
    return this.#number()
  }

  #literal<T>(word: string, value: T): T {
    for (const char of word) {
      if (this.#text[this.#at] !== char)
        throw this.#unexpected(`in literal ${word} (expecting '${char}')`)
      this.#at++
    }
    return value
  }

  #number(): unknown {
    numberSyntax.lastIndex = this.#at
    const match = numberSyntax.exec(this.#text)
    if (!match) {
      if (this.#text[this.#at] !== '-') throw this.#unexpected('looking for beginning of value')
      this.#at++
      throw this.#unexpected('in numeric literal')
    }
    this.#at = numberSyntax.lastIndex
    const source = match[0]
    const value = Number(source)
    return /^-?\d+$/.test(source) && Number.isSafeInteger(value) ? value : rawNumber(source)
  }

  #string(): string {
    let read = ''
    for (this.#at++; ; ) {
      plainRun.lastIndex = this.#at
      read += plainRun.exec(this.#text)?.[0] ?? ''
      this.#at = plainRun.lastIndex
      const char = this.#text[this.#at]
      if (char === '"') {
        this.#at++
        return read.toWellFormed()
      }
      if (char === '\\') read += this.#escape()
      else if (char === undefined || char < ' ') throw this.#unexpected('in string literal')
      else {
        read += char
        this.#at++
      }
    }
  }

  #escape(): string {
    const char = this.#text[++this.#at] ?? ''
    if (char === 'u') {
      const hex = this.#text.slice(this.#at + 1, this.#at + 5)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
        this.#at++
        throw this.#unexpected('in \\u hexadecimal character escape')
      }
      this.#at += 5
      return String.fromCharCode(Number.parseInt(hex, 16))
    }
    const plain = Object.hasOwn(escapes, char) ? escapes[char] : undefined
    if (plain === undefined) throw this.#unexpected('in string escape code')
    this.#at++
    return plain
  }

  #array(): unknown[] {
    const items: unknown[] = []
    this.#at++
    this.#space()
    if (this.#text[this.#at] === ']') {
      this.#at++
      return items
    }
    for (;;) {
      this.#space()
      items.push(this.#value())
      this.#space()
      const char = this.#text[this.#at]
      if (char !== ',' && char !== ']') throw this.#unexpected('after array element')
      this.#at++
      if (char === ']') return items
    }
  }

  #object(): object {
    const object = {}
    const keys: string[] = []
    let repeated = false
    this.#at++
    this.#space()
    if (this.#text[this.#at] === '}') {
      this.#at++
      return object
    }
    for (;;) {
      this.#space()
      if (this.#text[this.#at] !== '"')
        throw this.#unexpected('looking for beginning of object key string')
      const key = this.#string()
      this.#space()
      if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key')
      this.#at++
      this.#space()
      if (Object.hasOwn(object, key)) repeated = true
      keys.push(key)
      setOwn(object, key, this.#value())
      this.#space()
      const char = this.#text[this.#at]
      if (char !== ',' && char !== '}') throw this.#unexpected('after object key:value pair')
      this.#at++
      if (char === '}') break
    }
    if (repeated) this.#repeats.set(object, keys)
    return object
  }
}
