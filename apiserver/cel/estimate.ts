/**
 * What an expression may cost before it runs, by the sizes that its variables may have: the measure by which rules of
 * custom resources are admitted. It mirrors, node by node, what a run is charged.
 */

import type { Call, Comprehension, Expr } from './ast.ts'
import type { Checked } from './checker.ts'
import type { CostEstimate, Range, SizeEstimate, SizeEstimator } from './cost.ts'
import * as cost from './cost.ts'
import { accumulator } from './macros.ts'
import type { Sized } from './prices.ts'
import { dyn, type Type } from './types.ts'

type Path = readonly string[]

interface EntrySize {
  key: SizeEstimate
  value: SizeEstimate
}

interface Local {
  name: string
  path: Path
  size?: SizeEstimate
  entries?: EntrySize
}

export function estimate(checked: Checked, sizes: SizeEstimator): CostEstimate {
  return new Estimate(checked, sizes).cost(checked.expr)
}

const scalars = new Set(['bool', 'int', 'uint', 'double', 'duration', 'timestamp'])

class Estimate {
  readonly #checked: Checked
  readonly #sizes: SizeEstimator
  readonly #paths = new Map<Expr, Path>()
  readonly #computed = new Map<Expr, SizeEstimate>()
  readonly #entries = new Map<Expr, EntrySize>()
  readonly #locals: Local[] = []

  constructor(checked: Checked, sizes: SizeEstimator) {
    this.#checked = checked
    this.#sizes = sizes
  }

  cost(expr: Expr): CostEstimate {
    switch (expr.kind) {
      case 'literal':
        return cost.fixed(0)
      case 'ident':
        this.#paths.set(expr, this.#local(expr.name)?.path ?? [expr.name])
        return cost.fixed(1)
      case 'select':
        return this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list':
        return this.#list(expr)
      case 'map':
        return this.#map(expr)
      case 'struct':
        return cost.add(
          cost.sum(expr.fields.map(({ value }) => this.cost(value))),
          cost.fixed(cost.structCreation),
        )
      case 'comprehension':
        return this.#comprehension(expr)
      default:
        return expr satisfies never
    }
  }

  #local(name: string): Local | undefined {
    return this.#locals.findLast((one) => one.name === name)
  }

  #select(expr: Expr & { kind: 'select' }): CostEstimate {
    if (this.#checked.variableNamed(expr) !== undefined) return cost.fixed(1)
    const operand = this.cost(expr.operand)
    if (expr.test) return operand
    const { kind } = this.#checked.typeOf(expr.operand)
    this.#paths.set(expr, [...this.#path(expr.operand), expr.field])
    return kind === 'map' || kind === 'object' || kind === 'dyn' || kind === 'optional'
      ? cost.add(operand, cost.fixed(1))
      : operand
  }

  #list(expr: Expr & { kind: 'list' }): CostEstimate {
    const each = expr.elements.map((element) => this.cost(element))
    const value = expr.elements
      .map((element) => this.size(element))
      .reduce(cost.union, empty(expr.elements))
    this.#entries.set(expr, { key: cost.fixed(1), value })
    return cost.add(cost.sum(each), cost.fixed(cost.listCreation))
  }

  #map(expr: Expr & { kind: 'map' }): CostEstimate {
    const each = expr.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)])
    const none = empty(expr.entries)
    this.#entries.set(expr, {
      key: expr.entries.map(({ key }) => this.size(key)).reduce(cost.union, none),
      value: expr.entries.map(({ value }) => this.size(value)).reduce(cost.union, none),
    })
    return cost.add(cost.sum(each), cost.fixed(cost.mapCreation))
  }

  #call(call: Call): CostEstimate {
    const args = call.args.map((arg) => this.cost(arg))
    switch (call.name) {
      case 'dyn':
        this.#copySizes(call, call.args[0]!)
        return cost.add(cost.fixed(1), args[0]!)
      case '_&&_':
      case '_||_':
        return { min: args[0]!.min, max: cost.add(args[0]!, args[1]!).max }
      case '_?_:_':
        return this.#conditional(call, args)
      case '@not_strictly_false':
        return cost.add(cost.fixed(1), args[0]!)
      default:
    }
    const overloads = this.#checked.overloadsOf(call)
    const member = overloads[0]?.member ? call.target : undefined
    const target = member ? this.cost(member) : cost.fixed(0)
    const nodes = member ? [member, ...call.args] : call.args
    const own = this.#priced(call, nodes)
    return cost.sum([target, ...args, own])
  }

  /** A range that covers everything that the call can mean. */
  #priced(call: Call, nodes: readonly Expr[]): CostEstimate {
    const given = nodes.map((node) => this.#sized(node))
    const overloads = this.#checked.overloadsOf(call)
    if (overloads.length === 0) return cost.fixed(1)
    const estimates = overloads.map(({ price }) => price.estimate(given))
    const own = estimates.map((each) => each.cost).reduce(cost.union)
    const [container, addition] = nodes
    if (call.name === '_[_]' && container) {
      const { kind } = this.#checked.typeOf(container)
      this.#paths.set(call, [...this.#path(container), kind === 'map' ? '@values' : '@items'])
      const entry = this.#entrySize(container)
      if (entry) this.#computed.set(call, entry.value)
      return own
    }
    if (call.name === '_+_' && container && addition) {
      const [one, other] = [this.#entrySize(container), this.#entrySize(addition)]
      if (one && other) this.#entries.set(call, joined(one, other))
    }
    const results = estimates.flatMap(({ size }) => (size ? [size] : []))
    if (results.length > 0) this.#computed.set(call, results.reduce(cost.union))
    return own
  }

  #conditional(call: Call, [condition, yes, no]: CostEstimate[]): CostEstimate {
    const [, one, other] = call.args
    this.#computed.set(call, cost.union(this.size(one!), this.size(other!)))
    const [first, second] = [this.#entrySize(one!), this.#entrySize(other!)]
    if (first && second) this.#entries.set(call, joined(first, second))
    return cost.add(condition!, cost.union(yes!, no!))
  }

  #comprehension(expr: Comprehension): CostEstimate {
    const { range, init } = expr
    const sum = cost.add(this.cost(range), this.cost(init))
    const bound =
      range.kind === 'list' && range.elements.length === 0 && expr.accuVar !== accumulator
    this.#locals.push({
      name: expr.accuVar,
      path: this.#path(init),
      size: this.#knownSize(init),
      entries: this.#entrySize(init),
    })
    const depth = this.#locals.length
    if (bound) {
      const total = cost.add(sum, this.cost(expr.result))
      this.#locals.length = depth - 1
      this.#copySizes(expr, expr.result)
      return total
    }
    this.#pushIterated(expr)
    const each = cost.add(this.cost(expr.condition), this.cost(expr.step))
    this.#locals.length = depth
    const total = cost.add(sum, this.cost(expr.result))
    this.#locals.length = depth - 1
    const count = this.size(range)
    if (init.kind === 'literal') this.#computed.set(expr, cost.fixed(1))
    else {
      this.#computed.set(expr, count)
      const made = this.#entrySize(expr.step)
      if (made) this.#entries.set(expr, made)
    }
    return cost.add(total, cost.multiply(count, each))
  }

  #pushIterated({ range, iterVar, iterVar2 }: Comprehension): void {
    const path = this.#path(range)
    const entry = this.#entrySize(range)
    const isList = this.#checked.typeOf(range).kind === 'list'
    const keys = { path: [...path, isList ? '@indices' : '@keys'], size: entry?.key }
    const values = { path: [...path, isList ? '@items' : '@values'], size: entry?.value }
    if (iterVar2 === undefined) this.#locals.push({ name: iterVar, ...(isList ? values : keys) })
    else this.#locals.push({ name: iterVar, ...keys }, { name: iterVar2, ...values })
  }

  #path(expr: Expr): Path {
    if (expr.kind === 'ident') {
      const local = this.#local(expr.name)
      if (local) return local.path
    }
    return this.#paths.get(expr) ?? []
  }

  #entrySize(expr: Expr): EntrySize | undefined {
    return (
      this.#entries.get(expr) ??
      (expr.kind === 'ident' ? this.#local(expr.name)?.entries : undefined)
    )
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.#knownSize(from)
    if (size) this.#computed.set(to, size)
    const entries = this.#entrySize(from)
    if (entries) this.#entries.set(to, entries)
  }

  size(expr: Expr): SizeEstimate {
    return this.#knownSize(expr) ?? cost.unknownSize
  }

  #knownSize(expr: Expr): SizeEstimate | undefined {
    const computed = this.#computed.get(expr) ?? writtenSize(expr)
    if (computed) return computed
    const type = this.#checked.typeOf(expr)
    const path = this.#path(expr)
    const sized = path.length > 0 ? this.#sizes(path) : undefined
    if (sized) return sized
    if (isScalar(type)) return cost.fixed(1)
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined
  }

  #sized(expr: Expr): Sized {
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
    const path = this.#path(expr)
    return (
      this.#entrySize(expr)?.value ??
      (path.length > 0 ? this.#sizes([...path, '@items']) : undefined) ??
      (isScalar(type) ? cost.fixed(1) : cost.unknownSize)
    )
  }
}

const empty = (items: readonly unknown[]): Range =>
  items.length === 0 ? cost.fixed(0) : { min: cost.unbounded, max: 0 }

const joined = (one: EntrySize, other: EntrySize): EntrySize => ({
  key: cost.union(one.key, other.key),
  value: cost.union(one.value, other.value),
})

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

/** Sizes by what the declared types say of themselves. */
export function declaredSizes(variables: Readonly<Record<string, Type>>): SizeEstimator {
  return ([first = '', ...rest]) => {
    let type: Type | undefined = Object.hasOwn(variables, first) ? variables[first] : undefined
    for (const name of rest) {
      if (!type) return undefined
      type = inner(type, name)
    }
    return type?.maxElements === undefined ? undefined : { min: 0, max: type.maxElements }
  }
}

function inner(type: Type, name: string): Type | undefined {
  if (type.kind === 'optional') return inner(type.of, name)
  if (type.kind === 'list') return name === '@items' ? type.items : undefined
  if (type.kind === 'map') return name === '@keys' ? type.keys : type.values
  if (type.kind === 'object') return type.field(name)?.type
  return type.kind === 'dyn' ? dyn : undefined
}
