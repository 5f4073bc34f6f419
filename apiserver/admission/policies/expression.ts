/**
 * One expression of a policy or a match condition, compiled: or what is wrong with it, in the words that clients see
 * when they write it and when it runs nevertheless.
 */

import { CelCompileError, compile, type Environment, type Program } from '../../cel/cel.ts'
import { formatType, type Type } from '../../cel/types.ts'

export type Compiled = { program: Program } | { problem: string; expression: string }

const shown = (type: Type) => (type.kind === 'null' ? 'null_type' : formatType(type))

/** @param results the types that it may evaluate to; none: any */
export function compileFor(
  expression: string,
  environment: Environment,
  results: readonly Type[],
): Compiled {
  try {
    const program = compile(expression, environment)
    const result = shown(program.resultType)
    if (results.length === 0 || results.some((type) => shown(type) === result)) return { program }
    const allowed = results.map(shown)
    const wanted = allowed.length === 1 ? allowed[0] : `one of [${allowed.join(' ')}]`
    return { problem: `must evaluate to ${wanted} but got ${result}`, expression }
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error
    return { problem: error.message, expression }
  }
}
