/**
 * How large the values of an expression can be, as far as its estimate has come: where each stands in a variable, what
 * has been computed of it, and how large the keys and values in it are.
 */

import type { Expr } from './ast.ts'
import type { Checked } from './checker.ts'
import type { SizeEstimate, SizeEstimator } from './cost.ts'
import * as cost from './cost.ts'
import { Locals } from './locals.ts'
import type { Sized } from './prices.ts'
import type { Type } from './types.ts'

/** The way from a variable: `['self', 'items', '@items']`. */
export type Path = readonly string[]

export interface EntrySize {
  key: SizeEstimate
  value: SizeEstimate
}

/** What is known of the value that a name stands for. */
export interface LocalSize {
  path: Path
  size?: SizeEstimate
  entries?: EntrySize
}

const scalars = new Set(['bool', 'int', 'uint', 'double', 'duration', 'timestamp', 'type'])

export class Sizes {
  readonly locals = new Locals<LocalSize>()
  readonly #checked: Checked
  readonly #declared: SizeEstimator
  readonly #paths = new Map<Expr, Path>()
  readonly #computed = new Map<Expr, SizeEstimate>()
  readonly #entries = new Map<Expr, EntrySize>()

  constructor(checked: Checked, declared: SizeEstimator) {
    this.#checked = checked
    this.#declared = declared
  }

  setPath(expr: Expr, path: Path): void {
    this.#paths.set(expr, path)
  }

  setSize(expr: Expr, size: SizeEstimate): void {
    this.#computed.set(expr, size)
  }

  setEntries(expr: Expr, entries: EntrySize): void {
    this.#entries.set(expr, entries)
  }

  path(expr: Expr): Path {
    if (expr.kind === 'ident') {
      const local = this.locals.find(expr.name)
      if (local) return local.path
    }
    return this.#paths.get(expr) ?? []
  }

  entries(expr: Expr): EntrySize | undefined {
    return (
      this.#entries.get(expr) ??
      (expr.kind === 'ident' ? this.locals.find(expr.name)?.entries : undefined)
    )
  }

  copy(to: Expr, from: Expr): void {
    const size = this.known(from)
    if (size) this.#computed.set(to, size)
    const entries = this.entries(from)
    if (entries) this.#entries.set(to, entries)
  }

  size(expr: Expr): SizeEstimate {
    return this.known(expr) ?? cost.unknownSize
  }

  known(expr: Expr): SizeEstimate | undefined {
    const computed = this.#computed.get(expr) ?? writtenSize(expr)
    if (computed) return computed
    const type = this.#checked.typeOf(expr)
    const path = this.path(expr)
    const sized = path.length > 0 ? this.#declared(path) : undefined
    if (sized) return sized
    if (isScalar(type)) return cost.fixed(1)
    return expr.kind === 'ident' ? this.locals.find(expr.name)?.size : undefined
  }

  sized(expr: Expr): Sized {
    const type = this.#checked.typeOf(expr)
    const number =
      expr.kind === 'literal' && typeof expr.value === 'bigint' ? Number(expr.value) : undefined
    const item = type.kind === 'list' ? type.items : undefined
    return {
      type,
      size: this.size(expr),
      ...(item && { item: { type: item, size: this.#itemSize(expr, item) } }),
      ...(number !== undefined && { number }),
    }
  }

  #itemSize(expr: Expr, type: Type): SizeEstimate {
    const path = this.path(expr)
    return (
      this.entries(expr)?.value ??
      (path.length > 0 ? this.#declared([...path, '@items']) : undefined) ??
      (isScalar(type) ? cost.fixed(1) : cost.unknownSize)
    )
  }
}

const isScalar = (type: Type): boolean =>
  scalars.has(type.kind) || (type.kind === 'optional' && isScalar(type.of))

function writtenSize(expr: Expr): SizeEstimate | undefined {
  switch (expr.kind) {
    case 'literal': {
      const { value } = expr
      if (typeof value === 'string') return cost.fixed([...value].length)
      return cost.fixed(value instanceof Uint8Array ? value.length : 1)
    }
    case 'list':
      return cost.fixed(expr.elements.length)
    case 'map':
      return cost.fixed(expr.entries.length)
    default:
      return undefined
  }
}
