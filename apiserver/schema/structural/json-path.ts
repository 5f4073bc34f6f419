/**
 * The JSONPath of columns and scales: fields (`.a`, `['a.b']`, `["a"]`), indices and slices, `*`, `..`, and filters
 * that compare a field with a literal (`?(@.type=="Ready")`). No scripts; what it cannot read it says.
 * A path is read once; what one evaluation may find and look at is bounded.
 */

import { isRawNumber } from '../../../api/json-text.ts'
import { isObject, ownValue } from './values.ts'

type Literal = string | number | boolean | null

type Operator = '==' | '!=' | '<' | '<=' | '>' | '>='

type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; at: number }
  | { kind: 'slice'; from?: number; to?: number; step: number }
  | { kind: 'all' }
  | { kind: 'descend' }
  | { kind: 'filter'; path: readonly Step[]; operator?: Operator; literal?: Literal }

/** Values that match, in the order in which they stand; none where something on the way is absent. */
export type JsonPath = (value: unknown) => unknown[]

export class JsonPathError extends Error {
  override name = 'JsonPathError'
}

const maximumPathLength = 4096
/** Values that an evaluation may hold at a time. */
const maximumValues = 10_000
/** Values that an evaluation may look at: filters within filters ask for each value again. */
const maximumVisits = 200_000

interface Visits {
  left: number
}

/** @param text with or without the braces around it @throws JsonPathError */
export function jsonPath(text: string): JsonPath {
  if (text.length > maximumPathLength)
    throw new JsonPathError(`longer than ${maximumPathLength} characters`)
  const steps = new Reader(text.replace(/^\{(.*)\}$/s, '$1')).read()
  return (value) => evaluate(steps, value, { left: maximumVisits })
}

function evaluate(steps: readonly Step[], value: unknown, visits: Visits): unknown[] {
  let found: unknown[] = [value]
  for (const step of steps) {
    const next: unknown[] = []
    for (const one of found) {
      for (const inner of take(step, one, visits)) {
        if (next.length >= maximumValues || --visits.left < 0) return next
        next.push(inner)
      }
    }
    found = next
  }
  return found
}

function* take(step: Step, value: unknown, visits: Visits): Iterable<unknown> {
  switch (step.kind) {
    case 'field':
      if (isObject(value) && Object.hasOwn(value, step.name)) yield ownValue(value, step.name)
      return
    case 'index':
      if (Array.isArray(value)) {
        const at = step.at < 0 ? value.length + step.at : step.at
        if (at >= 0 && at < value.length) yield value[at]
      }
      return
    case 'slice':
      if (Array.isArray(value)) yield* sliced(value, step)
      return
    case 'all':
      if (Array.isArray(value)) yield* value
      else if (isObject(value)) yield* Object.values(value)
      return
    case 'descend':
      yield* descendants(value)
      return
    case 'filter':
      for (const item of Array.isArray(value) ? value : isObject(value) ? [value] : [])
        if (--visits.left < 0) return
        else if (holds(step, item, visits)) yield item
      return
    default:
      step satisfies never
  }
}

function* sliced(list: unknown[], { from, to, step }: Extract<Step, { kind: 'slice' }>) {
  const bound = (at: number) => (at < 0 ? Math.max(0, list.length + at) : at)
  const end = Math.min(to === undefined ? list.length : bound(to), list.length)
  for (let at = bound(from ?? 0); at < end; at += step) yield list[at]
}

function* descendants(value: unknown): Generator<unknown> {
  yield value
  if (Array.isArray(value)) for (const item of value) yield* descendants(item)
  else if (isObject(value)) for (const inner of Object.values(value)) yield* descendants(inner)
}

function holds(
  { path, operator, literal }: Extract<Step, { kind: 'filter' }>,
  item: unknown,
  visits: Visits,
) {
  const [found] = evaluate(path, item, visits)
  if (operator === undefined) return found !== undefined
  if (found === undefined) return false
  const value = isRawNumber(found) ? Number(found.rawJSON) : found
  if (operator === '==') return value === literal
  if (operator === '!=') return value !== literal
  if (typeof value !== typeof literal || value === null || literal === null) return false
  const [one, other] = [value as string, literal as string]
  switch (operator) {
    case '<':
      return one < other
    case '<=':
      return one <= other
    case '>':
      return one > other
    case '>=':
      return one >= other
    default:
      return operator satisfies never
  }
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Step[] {
    if (this.#text.startsWith('$')) this.#at++
    const steps = this.#steps()
    if (this.#at < this.#text.length) throw this.#unexpected()
    return steps
  }

  #steps(): Step[] {
    const steps: Step[] = []
    for (;;) {
      if (this.#match(/\.\./y)) {
        steps.push({ kind: 'descend' })
        const name = this.#match(/\*|[^.[\]\s()=!<>&|]+/y)?.[0]
        if (name !== undefined) steps.push(name === '*' ? { kind: 'all' } : { kind: 'field', name })
      } else if (this.#match(/\.\*/y)) steps.push({ kind: 'all' })
      else if (this.#match(/\.(?=\[)/y)) continue
      else if (this.#text[this.#at] === '.') steps.push(...this.#dotted())
      else if (this.#text[this.#at] === '[') steps.push(this.#bracket())
      else return steps
    }
  }

  /** A bare `.` is the value itself. */
  #dotted(): Step[] {
    const name = this.#match(/\.((?:\\.|[^.[\]\s()=!<>&|\\])+)/y)?.[1]
    if (name !== undefined) return [{ kind: 'field', name: name.replace(/\\(.)/g, '$1') }]
    this.#at++
    if (this.#at < this.#text.length && this.#text[this.#at] !== '[') throw this.#unexpected()
    return []
  }

  #bracket(): Step {
    const quoted = this.#match(/\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]/y)
    if (quoted)
      return { kind: 'field', name: (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1') }
    if (this.#match(/\[\s*\*?\s*\]/y)) return { kind: 'all' }
    const index = this.#match(/\[\s*(-?\d{1,9})\s*\]/y)
    if (index) return { kind: 'index', at: Number(index[1]) }
    const slice = this.#match(
      /\[\s*(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*(?::\s*([1-9]\d{0,8}))?\s*\]/y,
    )
    if (slice)
      return {
        kind: 'slice',
        ...(slice[1] !== undefined && { from: Number(slice[1]) }),
        ...(slice[2] !== undefined && { to: Number(slice[2]) }),
        step: Number(slice[3] ?? 1),
      }
    if (this.#match(/\[\s*\?\s*\(\s*@/y)) return this.#filter()
    throw this.#unexpected()
  }

  #filter(): Step {
    const path = this.#steps()
    const operator = this.#match(/\s*(==|!=|<=|>=|<|>)\s*/y)?.[1] as Operator | undefined
    const literal = operator && this.#literal()
    if (!this.#match(/\s*\)\s*\]/y)) throw this.#unexpected()
    return { kind: 'filter', path, ...(operator && { operator, literal }) }
  }

  #literal(): Literal {
    const text = this.#match(/'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"/y)
    if (text) return (text[1] ?? text[2] ?? '').replace(/\\(.)/g, '$1')
    const word = this.#match(/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y)
    if (word) return JSON.parse(word[0]) as Literal
    throw this.#unexpected()
  }

  #match(syntax: RegExp): RegExpExecArray | undefined {
    syntax.lastIndex = this.#at
    const match = syntax.exec(this.#text)
    if (!match) return undefined
    this.#at = syntax.lastIndex
    return match
  }

  #unexpected(): JsonPathError {
    const rest = this.#text.slice(this.#at, this.#at + 20)
    return new JsonPathError(
      rest === ''
        ? 'the path ends too early'
        : `cannot read ${JSON.stringify(rest)} at character ${this.#at + 1}`,
    )
  }
}
