/** Paths that a schema's author wrote (`.spec.a`, `['a.b']`), followed through the schema. */

import type { Structural } from './structural.ts'
import { child, keyed } from './values.ts'

export type FoundPath = { path: string; root: string; schema: Structural } | { problem: string }

/** Characters: a schema of the greatest depth needs less. */
const maximumLength = 10_000

/** @param brackets whether `['name']` may be written */
export function followPath(text: string, schema: Structural, brackets = true): FoundPath {
  if (text.length > maximumLength)
    return { problem: `must not be longer than ${maximumLength} characters` }
  const tokens = tokenize(text)
  let path = ''
  let root = ''
  let current: Structural | undefined = schema
  for (let at = 0; at < tokens.length; ) {
    const name = nameAt(tokens, at, brackets)
    if ('problem' in name) return name
    at = name.next
    const named: boolean = current.properties.size > 0
    if (!named && current.additionalProperties === undefined) return { problem: unknownField }
    path = named ? child(path, name.text) : keyed(path, name.text)
    if (root === '') root = name.text
    const { additionalProperties: additional }: Structural = current
    current = named
      ? current.properties.get(name.text)
      : typeof additional === 'object'
        ? additional
        : undefined
    if (!current) return { problem: unknownField }
  }
  return { path, root, schema: current }
}

const unknownField = 'does not refer to a valid field'
const tooShort = { problem: 'unexpected end of JSON path' }

type Name = { text: string; next: number } | { problem: string }

function nameAt(tokens: readonly string[], at: number, brackets: boolean): Name {
  const next = tokens[at + 1]
  if (tokens[at] === '.') return next === undefined ? tooShort : { text: next, next: at + 2 }
  if (tokens[at] !== '[') return { problem: `expected [ or . but got: ${tokens[at]}` }
  if (!brackets) return { problem: 'array notation is not allowed' }
  if (next === undefined) return tooShort
  if (next.length < 2 || !next.startsWith("'") || !next.endsWith("'"))
    return { problem: `expected single quoted string but got ${next}` }
  const text = unescaped(next.slice(1, -1))
  if (typeof text !== 'string') return text
  if (tokens[at + 2] === undefined) return tooShort
  if (tokens[at + 2] !== ']') return { problem: `expected ] but got ${tokens[at + 2]}` }
  return { text, next: at + 3 }
}

/** Dots, brackets, quoted names, and what stands between. */
const tokenize = (text: string): string[] =>
  text.match(/'(?:\\.|[^'\\])*'|[.[\]]|[^.[\]'][^.[\]]*|'/g) ?? []

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
}

function unescaped(text: string): string | { problem: string } {
  const bad = /\\([^abfnrtv'\\])/.exec(text)
  if (bad) return { problem: `invalid string literal: invalid escape char ${bad[0]}` }
  return text.replace(/\\(.)/g, (_, char: string) => escapes[char] ?? '')
}
