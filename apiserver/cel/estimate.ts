/**
 * What an expression may cost before it runs, by the sizes that its variables may have: the measure by which rules of
 * custom resources are admitted. It mirrors, node by node, what a run is charged, but that constants cost a run nothing.
 */

import {
  type Call,
  type Comprehension,
  type Expr,
  type ExprOf,
  type Visitor,
  visit,
} from './ast.ts'
import type { Checked } from './checker.ts'
import type { CostEstimate, Range, SizeEstimator } from './cost.ts'
import * as cost from './cost.ts'
import { accumulator } from './macros.ts'
import { type EntrySize, type LocalSize, Sizes } from './sizes.ts'

export function estimate(checked: Checked, sizes: SizeEstimator): CostEstimate {
  return new Estimate(checked, sizes).cost(checked.expr)
}

class Estimate {
  readonly #checked: Checked
  readonly #sizes: Sizes
  readonly #visitor: Visitor<CostEstimate> = {
    literal: () => cost.fixed(0),
    ident: (expr) => this.#ident(expr),
    select: (expr) => this.#select(expr),
    call: (expr) => this.#call(expr),
    list: (expr) => this.#list(expr),
    map: (expr) => this.#map(expr),
    struct: ({ fields }) =>
      cost.sum([...fields.map(({ value }) => this.cost(value)), cost.fixed(cost.structCreation)]),
    comprehension: (expr) => this.#comprehension(expr),
  }

  constructor(checked: Checked, sizes: SizeEstimator) {
    this.#checked = checked
    this.#sizes = new Sizes(checked, sizes)
  }

  cost(expr: Expr): CostEstimate {
    return visit(expr, this.#visitor)
  }

  #ident(expr: ExprOf<'ident'>): CostEstimate {
    this.#sizes.setPath(expr, this.#sizes.locals.find(expr.name)?.path ?? [expr.name])
    return cost.fixed(1)
  }

  #select(expr: ExprOf<'select'>): CostEstimate {
    if (this.#checked.variableNamed(expr) !== undefined) return cost.fixed(1)
    const operand = this.cost(expr.operand)
    if (expr.test) return operand
    const { kind } = this.#checked.typeOf(expr.operand)
    this.#sizes.setPath(expr, [...this.#sizes.path(expr.operand), expr.field])
    return kind === 'map' || kind === 'object' || kind === 'dyn' || kind === 'optional'
      ? cost.add(operand, cost.fixed(1))
      : operand
  }

  #list(expr: ExprOf<'list'>): CostEstimate {
    const each = expr.elements.map((element) => this.cost(element))
    const value = expr.elements
      .map((element) => this.#sizes.size(element))
      .reduce(cost.union, empty(expr.elements))
    this.#sizes.setEntries(expr, { key: cost.fixed(1), value })
    return cost.add(cost.sum(each), cost.fixed(cost.listCreation))
  }

  #map(expr: ExprOf<'map'>): CostEstimate {
    const each = expr.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)])
    const none = empty(expr.entries)
    this.#sizes.setEntries(expr, {
      key: expr.entries.map(({ key }) => this.#sizes.size(key)).reduce(cost.union, none),
      value: expr.entries.map(({ value }) => this.#sizes.size(value)).reduce(cost.union, none),
    })
    return cost.add(cost.sum(each), cost.fixed(cost.mapCreation))
  }

  #call(call: Call): CostEstimate {
    const args = call.args.map((arg) => this.cost(arg))
    switch (call.name) {
      case 'dyn':
        this.#sizes.copy(call, call.args[0]!)
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
    const given = nodes.map((node) => this.#sizes.sized(node))
    const overloads = this.#checked.overloadsOf(call)
    if (overloads.length === 0) return cost.fixed(1)
    const estimates = overloads.map(({ price }) => price.estimate(given))
    const own = estimates.map((each) => each.cost).reduce(cost.union)
    const [container, addition] = nodes
    if (call.name === '_[_]' && container) {
      const { kind } = this.#checked.typeOf(container)
      this.#sizes.setPath(call, [
        ...this.#sizes.path(container),
        kind === 'map' ? '@values' : '@items',
      ])
      const entry = this.#sizes.entries(container)
      if (entry) this.#sizes.setSize(call, entry.value)
      return own
    }
    if (call.name === '_+_' && container && addition) {
      const [one, other] = [this.#sizes.entries(container), this.#sizes.entries(addition)]
      if (one && other) this.#sizes.setEntries(call, joined(one, other))
    }
    const results = estimates.flatMap(({ size }) => (size ? [size] : []))
    if (results.length > 0) this.#sizes.setSize(call, results.reduce(cost.union))
    return own
  }

  #conditional(call: Call, [condition, yes, no]: CostEstimate[]): CostEstimate {
    const [, one, other] = call.args
    this.#sizes.setSize(call, cost.union(this.#sizes.size(one!), this.#sizes.size(other!)))
    const [first, second] = [this.#sizes.entries(one!), this.#sizes.entries(other!)]
    if (first && second) this.#sizes.setEntries(call, joined(first, second))
    return cost.add(condition!, cost.union(yes!, no!))
  }

  #comprehension(expr: Comprehension): CostEstimate {
    const { range, init } = expr
    const sizes = this.#sizes
    const before = cost.add(this.cost(range), this.cost(init))
    const accu = { path: sizes.path(init), size: sizes.known(init), entries: sizes.entries(init) }
    const bindsName = isBinding(expr)
    const [each, result] = sizes.locals.within(
      expr,
      accu,
      this.#iterated(expr),
      () => (bindsName ? cost.fixed(0) : cost.add(this.cost(expr.condition), this.cost(expr.step))),
      () => this.cost(expr.result),
    )
    const once = cost.add(before, result)
    if (bindsName) {
      sizes.copy(expr, expr.result)
      return once
    }
    const count = sizes.size(range)
    sizes.setSize(expr, init.kind === 'literal' ? cost.fixed(1) : count)
    const made = init.kind === 'literal' ? undefined : sizes.entries(expr.step)
    if (made) sizes.setEntries(expr, made)
    return cost.add(once, cost.multiply(count, each))
  }

  /** What is known of the key and the value of each item, or of what a single name stands for. */
  #iterated({ range, iterVar2 }: Comprehension): LocalSize[] {
    const path = this.#sizes.path(range)
    const entry = this.#sizes.entries(range)
    const isList = this.#checked.typeOf(range).kind === 'list'
    const keys = { path: [...path, isList ? '@indices' : '@keys'], size: entry?.key }
    const values = { path: [...path, isList ? '@items' : '@values'], size: entry?.value }
    if (iterVar2 !== undefined) return [keys, values]
    return [isList ? values : keys]
  }
}

/** A loop over nothing, which gives a value a name. */
const isBinding = ({ range, accuVar }: Comprehension): boolean =>
  range.kind === 'list' && range.elements.length === 0 && accuVar !== accumulator

const empty = (items: readonly unknown[]): Range =>
  items.length === 0 ? cost.fixed(0) : { min: cost.unbounded, max: 0 }

const joined = (one: EntrySize, other: EntrySize): EntrySize => ({
  key: cost.union(one.key, other.key),
  value: cost.union(one.value, other.value),
})
