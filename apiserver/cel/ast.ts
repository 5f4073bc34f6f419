/**
 * An expression as a tree, macros already unfolded into comprehensions, as costs and types are told of the unfolded
 * form. Nodes know where they stand in the source.
 */

import type { Uint } from './values.ts'

export type Literal = null | boolean | bigint | number | string | Uint8Array | Uint

export interface Comprehension {
  kind: 'comprehension'
  offset: number
  iterVar: string
  /** The value, where `iterVar` is the key or the index. */
  iterVar2?: string
  range: Expr
  accuVar: string
  init: Expr
  condition: Expr
  step: Expr
  result: Expr
}

export interface MapEntry {
  offset: number
  key: Expr
  value: Expr
  optional: boolean
}

export interface StructField {
  offset: number
  name: string
  value: Expr
  optional: boolean
}

export interface Call {
  kind: 'call'
  offset: number
  /** Operators by their names in messages: `_+_`, `_[_]`, `_?_:_`. */
  name: string
  target?: Expr
  args: Expr[]
}

export type Expr =
  | { kind: 'literal'; offset: number; value: Literal }
  | { kind: 'ident'; offset: number; name: string }
  | { kind: 'select'; offset: number; operand: Expr; field: string; test: boolean }
  | Call
  | { kind: 'list'; offset: number; elements: Expr[]; optionals: ReadonlySet<number> }
  | { kind: 'map'; offset: number; entries: MapEntry[] }
  | { kind: 'struct'; offset: number; name: string; fields: StructField[] }
  | Comprehension

export type ExprOf<Kind extends Expr['kind']> = Extract<Expr, { kind: Kind }>

/** What a walk makes of each kind of node. */
export type Visitor<Result> = { [Kind in Expr['kind']]: (expr: ExprOf<Kind>) => Result }

export function visit<Result>(expr: Expr, visitor: Visitor<Result>): Result {
  switch (expr.kind) {
    case 'literal':
      return visitor.literal(expr)
    case 'ident':
      return visitor.ident(expr)
    case 'select':
      return visitor.select(expr)
    case 'call':
      return visitor.call(expr)
    case 'list':
      return visitor.list(expr)
    case 'map':
      return visitor.map(expr)
    case 'struct':
      return visitor.struct(expr)
    case 'comprehension':
      return visitor.comprehension(expr)
    default:
      return expr satisfies never
  }
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'ident':
      return []
    case 'select':
      return [expr.operand]
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : expr.args
    case 'list':
      return expr.elements
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value])
    case 'struct':
      return expr.fields.map(({ value }) => value)
    case 'comprehension':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result]
    default:
      return expr satisfies never
  }
}

/** `a.b.c`, where the expression is nothing but names. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name
  if (expr.kind !== 'select' || expr.test) return undefined
  const operand = qualifiedName(expr.operand)
  return operand === undefined ? undefined : `${operand}.${expr.field}`
}

/** Told without recursion: what is too deep must not be walked by what recurses. */
export function isDeeper(expr: Expr, limit: number): boolean {
  let level: readonly Expr[] = [expr]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true
    level = level.flatMap(partsOf)
  }
  return false
}
