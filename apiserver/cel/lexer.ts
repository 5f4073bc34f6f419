/**
 * The words of an expression, each with its place. It reads all of the language's literals; what a sequence of words
 * means is the parser's.
 */

import { CelCompileError } from './errors.ts'
import { Uint } from './values.ts'

export type Token =
  | {
      kind: 'literal'
      value: bigint | number | string | Uint8Array | Uint
      text: string
      at: number
    }
  | { kind: 'ident'; text: string; at: number }
  /** Between backquotes: a field's name that is no identifier. */
  | { kind: 'quoted'; text: string; at: number }
  | { kind: 'punct'; text: string; at: number }
  | { kind: 'end'; text: '<EOF>'; at: number }

const space = /(?:[\t\r\n\f ]|\/\/[^\n]*)+/y
const number =
  /0x[0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)|\d+[uU]?/y
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y
const quotedIdentifier = /`[A-Za-z0-9_.\-/ ]+`/y
const punctuation = /==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]/y
const stringStart = /([rR]?[bB]|[bB]?[rR])?("""|'''|"|')/y

const greatestInt = 2n ** 63n - 1n
const greatestUint = 2n ** 64n - 1n

/** @throws CelCompileError */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  const fail = (offset: number, message: string): never => {
    throw CelCompileError.of(source, [{ offset, message }])
  }
  const take = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }
  let at = 0
  while (at < source.length) {
    const skipped = take(space, at)
    if (skipped) {
      at += skipped[0].length
      continue
    }
    const start = take(stringStart, at)
    if (start) {
      const { value, end } = readString(source, at, start, fail)
      tokens.push({ kind: 'literal', value, text: source.slice(at, end), at })
      at = end
      continue
    }
    const digits = take(number, at)
    const word =
      digits ?? take(identifier, at) ?? take(quotedIdentifier, at) ?? take(punctuation, at)
    if (!word)
      return fail(
        at,
        `Syntax error: token recognition error at: '${String.fromCodePoint(source.codePointAt(at) ?? 0)}'`,
      )
    const [text] = word
    if (digits) tokens.push({ kind: 'literal', value: readNumber(text, at, fail), text, at })
    else if (text[0] === '`') tokens.push({ kind: 'quoted', text: text.slice(1, -1), at })
    else tokens.push({ kind: /^\w/.test(text) ? 'ident' : 'punct', text, at })
    at += text.length
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length })
  return tokens
}

type Fail = (offset: number, message: string) => never

function readNumber(text: string, at: number, fail: Fail): bigint | number | Uint {
  if (/[uU]$/.test(text)) {
    const value = BigInt(text.slice(0, -1))
    return value > greatestUint ? fail(at, 'invalid uint literal') : new Uint(value)
  }
  if (/^(?:0x[0-9a-fA-F]+|\d+)$/.test(text)) {
    const value = BigInt(text)
    // One more than the greatest may stand behind a minus.
    return value > greatestInt + 1n ? fail(at, 'invalid int literal') : value
  }
  const value = Number(text)
  return Number.isFinite(value) ? value : fail(at, 'invalid double literal')
}

function readString(
  source: string,
  at: number,
  start: RegExpExecArray,
  fail: Fail,
): { value: string | Uint8Array; end: number } {
  const [opening, prefix = '', quote = '"'] = start
  const raw = /r/i.test(prefix)
  const bytes = /b/i.test(prefix)
  let text = ''
  const octets: number[] = []
  let position = at + opening.length
  const bad = () =>
    fail(at, `Syntax error: token recognition error at: '${source.slice(at, at + 20)}'`)
  while (!source.startsWith(quote, position)) {
    if (position >= source.length) return bad()
    if (quote.length === 1 && source[position] === '\n') return bad()
    if (!raw && source[position] === '\\') {
      const escaped = readEscape(source, position, bytes)
      if (!escaped) return bad()
      if (bytes && 'octet' in escaped) octets.push(escaped.octet)
      else append('octet' in escaped ? String.fromCodePoint(escaped.octet) : escaped.text)
      position = escaped.end
    } else {
      const char = String.fromCodePoint(source.codePointAt(position) ?? 0)
      append(char)
      position += char.length
    }
  }
  function append(part: string) {
    if (bytes) octets.push(...Buffer.from(part))
    else text += part
  }
  return { value: bytes ? Uint8Array.from(octets) : text, end: position + quote.length }
}

const simpleEscapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
  '`': '`',
  '?': '?',
}

const codeEscape = /\\(?:[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y

type Escape = { octet: number; end: number } | { text: string; end: number } | undefined

function readEscape(source: string, at: number, bytes: boolean): Escape {
  const letter = source[at + 1] ?? ''
  const simple = Object.hasOwn(simpleEscapes, letter) ? simpleEscapes[letter] : undefined
  if (simple !== undefined) return { text: simple, end: at + 2 }
  codeEscape.lastIndex = at
  const code = codeEscape.exec(source)
  if (!code) return undefined
  const end = at + code[0].length
  const [, hex, octal, short, long] = code
  if (hex !== undefined) return { octet: Number.parseInt(hex, 16), end }
  if (octal !== undefined) return { octet: Number.parseInt(octal, 8), end }
  const point = Number.parseInt(short ?? long ?? '', 16)
  if (bytes || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined
  return { text: String.fromCodePoint(point), end }
}
