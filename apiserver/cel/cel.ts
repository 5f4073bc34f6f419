/**
 * The Common Expression Language as Kubernetes v1.36 offers it: an expression is compiled once against typed variables
 * and run often over plain JSON. Nothing here does I/O or asks for the time, and no expression can run for long.
 *
 * The language is this project's own. Of the libraries there are, `@bufbuild/cel` does not check the types of calls
 * and weighs 11 MB with its protobuf schemas; `@marcbachmann/cel-js` is light and checks, but its messages and
 * libraries are not those that clients know. Neither counts what a run costs or tells beforehand what it may cost, and
 * both are what rules are admitted and stopped by; that has to stand in the evaluator's innermost loop. Patterns are
 * matched by `re2js`, in linear time.
 */

import { check } from './checker.ts'
import { type CostEstimate, perCallLimit, type SizeEstimator } from './cost.ts'
import { declaredSizes } from './declared-sizes.ts'
import { estimate } from './estimate.ts'
import { Frame } from './frame.ts'
import { functions } from './library/index.ts'
import { Meter } from './meter.ts'
import { parse } from './parser.ts'
import { plan } from './plan.ts'
import type { Type } from './types.ts'
import type { Value } from './values.ts'

export { CelBudgetError, CelCompileError, CelRuntimeError } from './errors.ts'

/** What an expression may name, besides the functions. */
export interface Environment {
  /** By name: `self`, `oldSelf`, `object`. */
  variables: Readonly<Record<string, Type>>
  /** Object types that expressions may make by name, `Object{...}`; they say so themselves (`constructible`). */
  types?(name: string): Type | undefined
}

/**
 * Values by variable: plain JSON, read by the declared type, or a `Value`; a function is asked once, when the
 * variable is first used. Nothing is copied, nothing is changed.
 */
export type Bindings = Readonly<Record<string, unknown>>

export interface RunOptions {
  /** Units; `perCallLimit` unless told. */
  costLimit?: number
}

export interface Result {
  value: Value
  /** Units. */
  cost: number
  /** Steps, of which `workLimit` take some 50 ms: who runs many expressions lets others have a turn in between. */
  work: number
}

export interface Program {
  readonly expression: string
  readonly resultType: Type
  /** By the declared types' `maxElements` unless told. */
  estimatedCost(sizes?: SizeEstimator): CostEstimate
  /** @throws CelRuntimeError, CelBudgetError */
  run(bindings: Bindings, options?: RunOptions): Result
}

/** @throws CelCompileError */
export function compile(expression: string, environment: Environment): Program {
  const { variables } = environment
  const checked = check(expression, parse(expression), { ...environment, functions })
  const step = plan(checked)
  return {
    expression,
    resultType: checked.typeOf(checked.expr),
    estimatedCost: (sizes = declaredSizes(variables)) => estimate(checked, sizes),
    run(bindings, { costLimit = perCallLimit } = {}) {
      const meter = new Meter(costLimit)
      const value = step(new Frame(bindings, variables, meter))
      return { value, cost: meter.cost, work: meter.spent }
    },
  }
}
