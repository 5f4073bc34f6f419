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
  unwrap,
} from './steps.ts'
import { CelMap, Entries, Items, TypeValue, type Value } from './values.ts'

/** @throws CelCompileError for what only the program cannot do */
export const plan = (checked: Checked): Step => new Planner(checked).plan(checked.expr)

/** What a list that is made or grows costs in work. */
const allocationWork = 3

class Planner {
  readonly #checked: Checked
  /** Where in a frame a name's value stands. */
  readonly #locals = new Locals<number>()
  readonly #visitor: Visitor<Step> = {
    literal:
      ({ value }) =>
      () =>
        value,
    ident: (expr) => this.#named(expr) ?? this.#ident(expr.name),
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
    if (name === undefined) return undefined
    const value = new TypeValue(name)
    return ({ meter }) => {
      meter.charge(1)
      return value
    }
  }

  #qualified(expr: Expr): Step | undefined {
    const name = this.#checked.variableNamed(expr)
    return name === undefined ? undefined : this.#ident(name)
  }

  #ident(name: string): Step {
    const local = this.#locals.find(name)
    if (local !== undefined)
      return ({ meter, locals }) => {
        meter.charge(1)
        return held(locals[local]!)
      }
    return (frame) => {
      frame.meter.charge(1)
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

  #call(call: Call): Step {
    const steps = call.args.map((arg) => this.plan(arg))
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
