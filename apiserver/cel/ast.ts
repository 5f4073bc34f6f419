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
