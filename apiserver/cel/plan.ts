/**
 * A checked expression as a function of its variables: built once, run often. Every node that runs is charged, so that
 * what anyone writes ends in bounded time.
 */

import { adapt } from './adapt.ts'
import type { Call, Comprehension, Expr } from './ast.ts'
import type { Checked } from './checker.ts'
import { Constructed } from './constructed.ts'
import { listCreation, mapCreation, structCreation } from './cost.ts'
import { CelRuntimeError } from './errors.ts'
import type { Overload } from './functions.ts'
import { accumulator } from './macros.ts'
import type { Meter } from './meter.ts'
import { optionalSelect, present, select } from './selection.ts'
import { dyn, type Type } from './types.ts'
import { CelList, CelMap, Entries, Items, isOf, Optional, TypeValue, type Value } from './values.ts'

/** One run: what variables hold, and what has been spent. */
export class Frame {
  readonly meter: Meter
  /** What a loop has come to may be an error: the next item can still decide otherwise. */
  readonly locals: (Value | CelRuntimeError)[] = []
  readonly #bindings: Readonly<Record<string, unknown>>
  readonly #types: Readonly<Record<string, Type>>
  readonly #read = new Map<string, Value>()

  constructor(
    bindings: Readonly<Record<string, unknown>>,
    types: Readonly<Record<string, Type>>,
    meter: Meter,
  ) {
    this.#bindings = bindings
    this.#types = types
    this.meter = meter
  }

  /** @throws CelRuntimeError where nothing is bound */
  variable(name: string): Value {
    const known = this.#read.get(name)
    if (known !== undefined) return known
    if (!Object.hasOwn(this.#bindings, name))
      throw new CelRuntimeError(`no such attribute(s): ${name}`)
    const bound = this.#bindings[name]
    const raw: unknown = typeof bound === 'function' ? bound() : bound
    const value = adapt(raw, this.#types[name] ?? dyn)
    this.#read.set(name, value)
    return value
  }
}

export type Step = (frame: Frame) => Value

export const plan = (checked: Checked): Step => new Planner(checked).plan(checked.expr)

/** What an error costs in work: it is made and caught. */
const errorWork = 100
/** And a list that is made or grows. */
const allocationWork = 3

class Planner {
  readonly #checked: Checked
  readonly #locals: string[] = []

  constructor(checked: Checked) {
    this.#checked = checked
  }

  plan(expr: Expr): Step {
    switch (expr.kind) {
      case 'literal': {
        const { value } = expr
        return () => value
      }
      case 'ident':
        return this.#named(expr) ?? this.#ident(expr.name)
      case 'select':
        return this.#named(expr) ?? this.#qualified(expr) ?? this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list':
        return this.#list(expr)
      case 'map':
        return this.#map(expr)
      case 'struct':
        return this.#struct(expr)
      case 'comprehension':
        return this.#comprehension(expr)
      default:
        return expr satisfies never
    }
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
    const local = this.#locals.lastIndexOf(name)
    if (local >= 0)
      return ({ meter, locals }) => {
        meter.charge(1)
        return held(locals[local]!)
      }
    return (frame) => {
      frame.meter.charge(1)
      return frame.variable(name)
    }
  }

  #select({ operand, field, test }: Expr & { kind: 'select' }): Step {
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
    const local = this.#locals.lastIndexOf(accumulator)
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

  #list({ elements, optionals }: Expr & { kind: 'list' }): Step {
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

  #map({ entries }: Expr & { kind: 'map' }): Step {
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

  #struct(expr: Expr & { kind: 'struct' }): Step {
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
    const { iterVar, iterVar2, accuVar } = expr
    const range = this.plan(expr.range)
    const init = this.plan(expr.init)
    const accu = this.#locals.push(accuVar) - 1
    const first = this.#locals.push(iterVar) - 1
    if (iterVar2 !== undefined) this.#locals.push(iterVar2)
    const condition = this.plan(expr.condition)
    const step = this.plan(expr.step)
    this.#locals.length = accu + 1
    const result = this.plan(expr.result)
    this.#locals.length = accu
    const once = (frame: Frame, key: Value, value: Value): boolean => {
      frame.locals[first] = key
      frame.locals[first + 1] = value
      if (condition(frame) !== true) return false
      frame.locals[accu] = attempt(step, frame)
      return true
    }
    return (frame) => {
      const over = range(frame)
      frame.locals[accu] = init(frame)
      if (over instanceof CelMap) frame.meter.keys(over.size)
      iterate(over, iterVar2 !== undefined, (key, value) => once(frame, key, value))
      return result(frame)
    }
  }
}

/** @throws CelRuntimeError */
function held(value: Value | CelRuntimeError): Value {
  if (value instanceof CelRuntimeError) throw value
  return value
}

/** Calls `once` for each until it says no: items, or keys, or both. */
function iterate(over: Value, both: boolean, once: (key: Value, value: Value) => boolean): void {
  if (over instanceof CelList) {
    for (let at = 0; at < over.size; at++) {
      const item = over.at(at)
      if (!(both ? once(BigInt(at), item) : once(item, null))) return
    }
  } else if (over instanceof CelMap) {
    for (const key of over.keys()) if (!once(key, both ? (over.get(key) ?? null) : null)) return
  } else throw new CelRuntimeError('no such overload')
}

/** The first declaration that takes these values. */
function dispatch(overloads: readonly Overload[], args: readonly Value[], meter: Meter): Value {
  for (const overload of overloads) {
    if (!overload.args.every((type, at) => isOf(type, args[at]!))) continue
    const { price } = overload
    if (!price.afterwards) meter.charge(price.actual(args, null))
    const result = overload.run(args, meter)
    if (price.afterwards) meter.charge(price.actual(args, result))
    return result
  }
  throw new CelRuntimeError('no such overload')
}

/** Either side decides where it says `deciding`, whatever becomes of the other. */
function logical(left: Step, right: Step, deciding: boolean): Step {
  return (frame) => {
    const first = attempt(left, frame)
    if (first === deciding) return deciding
    const second = attempt(right, frame)
    if (second === deciding) return deciding
    if (first === !deciding && second === !deciding) return !deciding
    if (first instanceof CelRuntimeError) throw first
    if (second instanceof CelRuntimeError) throw second
    throw new CelRuntimeError('no such overload')
  }
}

function attempt(step: Step, frame: Frame): Value | CelRuntimeError {
  try {
    return step(frame)
  } catch (error) {
    if (!(error instanceof CelRuntimeError)) throw error
    frame.meter.work(errorWork)
    return error
  }
}

function conditional(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const decided = condition(frame)
    if (typeof decided !== 'boolean') throw new CelRuntimeError('no such overload')
    return decided ? yes(frame) : no(frame)
  }
}

/** What failed may still be decided by what follows. */
function notStrictlyFalse(step: Step): Step {
  return (frame) => {
    const value = attempt(step, frame)
    frame.meter.charge(1)
    return value !== false
  }
}

function optionalSelection(operand: Step, field: Expr): Step {
  const name = field.kind === 'literal' ? String(field.value) : ''
  return (frame) => {
    const value = operand(frame)
    frame.meter.charge(1)
    return optionalSelect(value, name)
  }
}

/** What an optional holds. @throws CelRuntimeError where it is none */
function unwrap(value: Value): Value | undefined {
  if (value instanceof Optional) return value.value
  throw new CelRuntimeError(`cannot initialize optional entry from non-optional value`)
}
