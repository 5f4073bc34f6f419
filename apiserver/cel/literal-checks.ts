/**
 * What type a literal has, and which literals cannot be what a function makes of them: told when the expression is
 * compiled, not when it runs.
 */

import type { Call, Expr, Literal } from './ast.ts'
import type { Issue } from './errors.ts'
import { CelRuntimeError } from './errors.ts'
import { patternProblem } from './library/regex.ts'
import { parseDuration, parseTimestamp } from './time-text.ts'
import type { Type } from './types.ts'
import * as types from './types.ts'
import { Uint } from './values.ts'

const isWrong: Record<string, (text: string) => boolean> = {
  duration: (text) => !readable(() => parseDuration(text)),
  timestamp: (text) => !readable(() => parseTimestamp(text)),
  matches: (text) => patternProblem(text) !== undefined,
}

/** Out of range is as wrong as unreadable. */
function readable(read: () => object | undefined): boolean {
  try {
    return read() !== undefined
  } catch (error) {
    if (error instanceof CelRuntimeError) return false
    throw error
  }
}

export function literalIssue({ name, target, args }: Call): Issue | undefined {
  if (!Object.hasOwn(isWrong, name)) return undefined
  const argument: Expr | undefined = name === 'matches' && !target ? args[1] : args[0]
  if (argument?.kind !== 'literal' || typeof argument.value !== 'string') return undefined
  return isWrong[name]?.(argument.value)
    ? { offset: argument.offset, message: `invalid ${name} argument` }
    : undefined
}

/** What is wrong with the pattern that is searched for, where it is written out. */
export function patternIssue({ name, args }: Call): string | undefined {
  const [pattern] = args
  if ((name !== 'find' && name !== 'findAll') || pattern?.kind !== 'literal') return undefined
  return typeof pattern.value === 'string' ? patternProblem(pattern.value) : undefined
}

export function literalType(value: Literal): Type {
  switch (typeof value) {
    case 'boolean':
      return types.bool
    case 'bigint':
      return types.int
    case 'number':
      return types.double
    case 'string':
      return types.string
    default:
      if (value === null) return types.nullType
      return value instanceof Uint ? types.uint : types.bytes
  }
}
