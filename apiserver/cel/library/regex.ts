/** Patterns, matched in linear time, so that no text can make one run away. */

import { RE2JS, RE2JSException } from 're2js'
import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { patternMatch, upToSize } from '../prices.ts'
import { Items } from '../values.ts'

/** As many are remembered; expressions mostly have their patterns written out. */
const maximumPatterns = 500
const patterns = new Map<string, RE2JS>()

/** What making a pattern takes, in steps a character. */
const compileWork = 20

function compiled(pattern: string, meter: Meter): RE2JS {
  let known = patterns.get(pattern)
  if (known) patterns.delete(pattern)
  else {
    meter.work(pattern.length * compileWork)
    try {
      known = RE2JS.compile(pattern)
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error
      throw new CelRuntimeError(error.message, { cause: error })
    }
    if (patterns.size >= maximumPatterns) patterns.delete(patterns.keys().next().value ?? '')
  }
  patterns.set(pattern, known)
  return known
}

/** Every character may meet every part of the pattern. */
function prepared(text: string, pattern: string, meter: Meter): RE2JS {
  const known = compiled(pattern, meter)
  meter.work((text.length * (1 + pattern.length / 16)) / 4)
  return known
}

function matches([text, pattern]: readonly [string, string], meter: Meter): boolean {
  return prepared(text, pattern, meter).matcher(text).find()
}

function find([text, pattern]: readonly [string, string], meter: Meter): string {
  const matcher = prepared(text, pattern, meter).matcher(text)
  return matcher.find() ? (matcher.group() ?? '') : ''
}

function findAll(
  [text, pattern, limit = -1n]: readonly [string, string, bigint?],
  meter: Meter,
): Items {
  const matcher = prepared(text, pattern, meter).matcher(text)
  const found: string[] = []
  const most = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)
  while (found.length < most && matcher.find()) {
    meter.work(10)
    found.push(matcher.group() ?? '')
  }
  return new Items(found)
}

const searching = patternMatch(upToSize)

export const regularExpressions: readonly Overload[] = [
  declare('string.matches(string) bool', matches, patternMatch()),
  declare('matches(string, string) bool', matches, patternMatch()),
  declare('string.find(string) string', find, searching),
  declare('string.findAll(string) list(string)', findAll, searching),
  declare('string.findAll(string, int) list(string)', findAll, searching),
]

/** Whether a pattern can be compiled; what is wrong, where it cannot. */
export function patternProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return error.message
  }
}
