/**
 * A checked expression as a function of its variables: built once, run often. Every node that runs is charged, so that
 * what anyone writes ends in bounded time.
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
import { allocationWork, constant, constantCall, constantList, constantMap } from './constants.ts'
import { Constructed } from './constructed.ts'
import { listCreation, mapCreation, structCreation } from './cost.ts'
import { CelCompileError } from './errors.ts'
import type { Frame, Step } from './frame.ts'
import { patternIssue } from './literal-checks.ts'
import { Locals } from './locals.ts'
import { accumulator } from './macros.ts'
import { present, select } from './selection.ts'
import {
  attempt,
  conditional,
  dispatch,
  held,
  iterate,
  logical,
  notStrictlyFalse,
  optionalSelection,
  otherwise,
  unwrap,
} from './steps.ts'
import { CelMap, Entries, Items, TypeValue, type Value } from './values.ts'

/** @throws CelCompileError for what only the program cannot do */
export const plan = (checked: Checked): Step => new Planner(checked).plan(checked.expr)

const selections = new Set(['_[_]', '_[?_]', '_?._'])

class Planner {
  readonly #checked: Checked
  /** Where in a frame a name's value stands. */
  readonly #locals = new Locals<number>()
  /** The next name, where it costs nothing. */
  #free: Expr | undefined
  readonly #visitor: Visitor<Step> = {
    literal: ({ value }) => constant(value),
    ident: (expr) => this.#named(expr) ?? this.#ident(expr, expr.name),
    select: (expr) => this.#named(expr) ?? this.#qualified(expr) ?? this.#select(expr),
    call: (expr) => this.#call(expr),
    list: (expr) => this.#list(expr),
    map: (expr) => this.#map(expr),
    struct: (expr) => this.#struct(expr),
    comprehension: (expr) => this.#comprehension(expr),
  }

  constructor(checked: Checked) {
    this.#checked = checked
  }

  plan(expr: Expr): Step {
    return visit(expr, this.#visitor)
  }

  #named(expr: Expr): Step | undefined {
    const name = this.#checked.typeNamed(expr)
    return name === undefined ? undefined : constant(new TypeValue(name))
  }

  #qualified(expr: Expr): Step | undefined {
    const name = this.#checked.variableNamed(expr)
    return name === undefined ? undefined : this.#ident(expr, name)
  }

  #ident(expr: Expr, name: string): Step {
    const local = this.#locals.find(name)
    const price = this.#free === expr ? 0 : 1
    this.#free = undefined
    if (local !== undefined)
      return ({ meter, locals }) => {
        meter.charge(price)
        return held(locals[local]!)
      }
    return (frame) => {
      frame.meter.charge(price)
      return frame.variable(name)
    }
  }

  #select({ operand, field, test }: ExprOf<'select'>): Step {
    const held = this.plan(operand)
    if (test) return (frame) => present(held(frame), field)
    return (frame) => {
      const value = held(frame)
      frame.meter.charge(1)
      return select(value, field)
    }
  }

  /** The first name of a branch of a condition and of the key of an index costs nothing. */
  #args({ name, args }: Call): Step[] {
    const [first, ...paths] = args
    if (name !== '_?_:_' && name !== '_[_]' && name !== '_[?_]')
      return args.map((arg) => this.plan(arg))
    return [
      this.plan(first!),
      ...paths.map((path) => {
        this.#free = this.#firstName(path)
        return this.plan(path)
      }),
    ]
  }

  #firstName(path: Expr): Expr {
    if (path.kind === 'select' && !path.test && this.#checked.variableNamed(path) === undefined)
      return this.#firstName(path.operand)
    return path.kind === 'call' && selections.has(path.name) ? this.#firstName(path.args[0]!) : path
  }

  #call(call: Call): Step {
    const steps = this.#args(call)
    switch (call.name) {
      case '_&&_':
        return logical(steps[0]!, steps[1]!, false)
      case '_||_':
        return logical(steps[0]!, steps[1]!, true)
      case '_?_:_':
        return conditional(steps[0]!, steps[1]!, steps[2]!)
      case '@not_strictly_false':
        return notStrictlyFalse(steps[0]!)
      case '_?._':
        return optionalSelection(steps[0]!, call.args[1]!)
      case 'or':
      case 'orValue':
        return otherwise(this.plan(call.target!), steps[0]!, call.name === 'orValue')
      case '_+_':
        return this.#appending(call) ?? this.#general(call, steps)
      default:
        return this.#general(call, steps)
    }
  }

  #general(call: Call, steps: Step[]): Step {
    const overloads = this.#checked.overloadsOf(call)
    const problem = patternIssue(call)
    if (problem !== undefined) throw new CelCompileError('program instantiation', problem)
    const all = overloads[0]?.member && call.target ? [this.plan(call.target), ...steps] : steps
    const known = constantCall(call, overloads, all)
    if (known) return known
    return (frame) => {
      const args = new Array<Value>(all.length)
      for (let at = 0; at < all.length; at++) args[at] = all[at]!(frame)
      return dispatch(overloads, args, frame.meter)
    }
  }

  /** `accu + [x]`: comprehensions own the list that they make, so that it need not be copied for each item. */
  #appending({ args: [list, addition] }: Call): Step | undefined {
    if (list?.kind !== 'ident' || list.name !== accumulator) return undefined
    if (addition?.kind !== 'list' || addition.elements.length !== 1) return undefined
    const local = this.#locals.find(accumulator)!
    const item = this.plan(addition.elements[0]!)
    return (frame) => {
      const made = item(frame)
      frame.meter.charge(1 + listCreation + 1)
      frame.meter.work(allocationWork)
      const accumulated = held(frame.locals[local]!) as Items
      accumulated.items.push(made)
      return accumulated
    }
  }

  #list({ elements, optionals }: ExprOf<'list'>): Step {
    const steps = elements.map((element) => this.plan(element))
    const known = optionals.size === 0 ? constantList(steps) : undefined
    if (known) return known
    return (frame) => {
      const items: Value[] = []
      for (const [index, step] of steps.entries()) {
        const value = step(frame)
        if (!optionals.has(index)) items.push(value)
        else {
          const held = unwrap(value)
          if (held !== undefined) items.push(held)
        }
      }
      frame.meter.charge(listCreation)
      frame.meter.work(allocationWork)
      return new Items(items)
    }
  }

  #map({ entries }: ExprOf<'map'>): Step {
    const steps = entries.map(({ key, value, optional }) => ({
      key: this.plan(key),
      value: this.plan(value),
      optional,
    }))
    const known = steps.some(({ optional }) => optional) ? undefined : constantMap(steps)
    if (known) return known
    return (frame) => {
      const made = new Entries()
      for (const { key, value, optional } of steps) {
        const name = key(frame)
        const given = value(frame)
        const held = optional ? unwrap(given) : given
        if (held !== undefined) made.insert(name, held)
      }
      frame.meter.charge(mapCreation)
      return made
    }
  }

  #struct(expr: ExprOf<'struct'>): Step {
    const type = this.#checked.objectOf(expr)!
    const steps = expr.fields.map(({ name, value, optional }) => ({
      name,
      value: this.plan(value),
      optional,
    }))
    return (frame) => {
      const fields = new Map<string, Value>()
      for (const { name, value, optional } of steps) {
        const given = value(frame)
        const held = optional ? unwrap(given) : given
        if (held !== undefined) fields.set(name, held)
      }
      frame.meter.charge(structCreation)
      return new Constructed(type, fields)
    }
  }

  #comprehension(expr: Comprehension): Step {
    const range = this.plan(expr.range)
    const init = this.plan(expr.init)
    const accu = this.#locals.depth
    const first = accu + 1
    const [[condition, step], result] = this.#locals.within(
      expr,
      accu,
      [first, first + 1],
      () => [this.plan(expr.condition), this.plan(expr.step)] as const,
      () => this.plan(expr.result),
    )
    const once = (frame: Frame, key: Value, value: Value): boolean => {
      frame.locals[first] = key
      frame.locals[first + 1] = value
      if (condition(frame) !== true) return false
      frame.locals[accu] = attempt(step, frame)
      return true
    }
    const both = expr.iterVar2 !== undefined
    return (frame) => {
      const over = range(frame)
      frame.locals[accu] = init(frame)
      if (over instanceof CelMap) frame.meter.keys(over.size)
      iterate(over, both, (key, value) => once(frame, key, value))
      return result(frame)
    }
  }
}
