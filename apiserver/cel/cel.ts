/** stands for now */
import type { CostEstimate, SizeEstimator } from './cost.ts'
import type { Type } from './types.ts'

export { CelBudgetError, CelCompileError, CelRuntimeError } from './errors.ts'

/** What an expression may name. */
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

export interface Program {
  readonly expression: string
  readonly resultType: Type
  /** By the declared types' `maxElements` unless told. */
  estimatedCost(sizes?: SizeEstimator): CostEstimate
  /** @throws CelRuntimeError, CelBudgetError */
  run(bindings: Bindings, options?: RunOptions): { value: unknown; cost: number }
}

/** @throws CelCompileError */
export function compile(expression: string, environment: Environment): Program {
  throw new Error(`${expression} cannot be compiled yet in ${Object.keys(environment.variables)}`)
}
