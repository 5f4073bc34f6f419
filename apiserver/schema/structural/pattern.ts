/**
 * Patterns that strangers wrote: matched by an engine that takes time linear in the text, never by the platform's,
 * which backtracks. The syntax is RE2's, as in the API itself, so what it refuses here is refused there. `re2js` is
 * that engine in plain JavaScript: no native add-on, no WebAssembly to load, 0.9 MB installed, in active care.
 * Linear is not yet fast: how large a pattern becomes when its counts are written out is bounded before it is
 * compiled, and whoever matches pays from a budget.
 */

import { RE2JS, RE2JSException } from 're2js'

/** More than any pattern that a person wrote; in characters. */
const maximumLength = 16_384

/** Steps of the engine: instructions times characters. Some 20 ns each in the worst case. */
export const matchingBudget = 5_000_000

/**
 * Instructions that all different patterns of one schema may have together, those of large classes counted by their
 * size: some 100 ms to compile.
 */
export const compilingBudget = 60_000

/** What a class of Unicode (`\\pL`) counts for: it has hundreds of ranges, in each place where it stands. */
const unicodeClass = 32
/** Characters of a class that count for one instruction. */
const charactersEach = 8

export class PatternError extends Error {
  override name = 'PatternError'
}

/** Compiled when it is first asked for anything. @throws PatternError in the words of the engine */
export class Pattern {
  readonly source: string
  /** Instructions, large classes counted by their size: what compiling it takes. */
  readonly weight: number
  #compiled: RE2JS | undefined

  constructor(source: string) {
    this.source = source
    this.weight = writtenOut(source)
  }

  get isNew(): boolean {
    return this.#compiled === undefined
  }

  /** Instructions: what matching costs for each character. */
  get size(): number {
    return this.compile().programSize()
  }

  /** Whether the text has a part that matches. */
  test(text: string): boolean {
    return this.compile().test(text)
  }

  compile(): RE2JS {
    try {
      this.#compiled ??= RE2JS.compile(this.source)
      return this.#compiled
    } catch (error) {
      if (error instanceof RE2JSException) throw new PatternError(error.message)
      throw error
    }
  }
}

/** The different patterns of a schema, or of several: together they must not be too large. */
export class Patterns {
  readonly #known = new Map<string, Pattern>()
  #left: number

  constructor(budget = compilingBudget) {
    this.#left = budget
  }

  /** @throws PatternError where there is no room for it */
  of(source: string): Pattern {
    const known = this.#known.get(source)
    if (known) return known
    if (source.length > maximumLength)
      throw new PatternError(`error parsing regexp: longer than ${maximumLength} characters`)
    const pattern = new Pattern(source)
    if (pattern.weight > this.#left)
      throw new PatternError('error parsing regexp: expression too large')
    this.#left -= pattern.weight
    this.#known.set(source, pattern)
    return pattern
  }

  [Symbol.iterator](): Iterator<Pattern> {
    return this.#known.values()
  }
}

/**
 * How many instructions a pattern has at most, by its text alone: every `{n,m}` repeats what stands before it. Too
 * high for odd texts (braces in classes), never too low.
 */
export function writtenOut(source: string): number {
  const open: number[] = []
  let size = 0
  /** What the last item added, which a count would repeat. */
  let last = 0
  for (let at = 0; at < source.length; at++) {
    const char = source[at]
    if (char === '{') {
      const count = /^\{(\d{1,9})(?:,(\d{0,9}))?\}/.exec(source.slice(at, at + 22))
      if (count) {
        const times = Math.max(Number(count[1]), Number(count[2] || 0), 1)
        size += last * (times - 1) + times
        last *= times
        at += count[0].length - 1
        continue
      }
    }
    if (char === '(') {
      open.push(size)
      size += 2
      last = 2
    } else if (char === ')') {
      last = size - (open.pop() ?? 0)
    } else if (char === '[') {
      const end = endOfClass(source, at)
      last = 2 + sizeOfClass(source.slice(at, end))
      size += last
      at = end
    } else {
      const unicode = char === '\\' && /^\\[pP](?:\{\^?\w*\}|.)/.exec(source.slice(at, at + 40))
      last = unicode ? unicodeClass : 1
      if (char === '\\') at += (unicode ? unicode[0].length : 2) - 1
      size += last
    }
  }
  return size
}

const sizeOfClass = (text: string): number =>
  Math.floor(text.length / charactersEach) + (text.match(/\\[pP]/g)?.length ?? 0) * unicodeClass

function endOfClass(source: string, start: number): number {
  let at = start + 1
  if (source[at] === '^') at++
  if (source[at] === ']') at++
  for (; at < source.length && source[at] !== ']'; at++) {
    if (source[at] === '\\') at++
    else if (source.startsWith('[:', at)) {
      const end = source.indexOf(':]', at)
      if (end > 0) at = end + 1
    }
  }
  return at
}
