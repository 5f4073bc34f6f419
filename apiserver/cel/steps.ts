/** What nodes do when they run, by the steps below them: logic that outlives errors, calls, loops. */

import type { Expr } from './ast.ts'
import { CelRuntimeError } from './errors.ts'
import type { Frame, Step } from './frame.ts'
import type { Overload } from './functions.ts'
import type { Meter } from './meter.ts'
import { optionalSelect } from './selection.ts'
import { CelList, CelMap, isOf, Optional, type Value } from './values.ts'

/** What an error costs in work: it is made and caught. */
const errorWork = 100

/** @throws CelRuntimeError */
export function held(value: Value | CelRuntimeError): Value {
  if (value instanceof CelRuntimeError) throw value
  return value
}

/** Calls `once` for each until it says no: items, or keys, or both. */
export function iterate(
  over: Value,
  both: boolean,
  once: (key: Value, value: Value) => boolean,
): void {
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
export function dispatch(
  overloads: readonly Overload[],
  args: readonly Value[],
  meter: Meter,
): Value {
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
export function logical(left: Step, right: Step, deciding: boolean): Step {
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

export function attempt(step: Step, frame: Frame): Value | CelRuntimeError {
  try {
    return step(frame)
  } catch (error) {
    if (!(error instanceof CelRuntimeError)) throw error
    frame.meter.work(errorWork)
    return error
  }
}

export function conditional(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const decided = condition(frame)
    if (typeof decided !== 'boolean') throw new CelRuntimeError('no such overload')
    return decided ? yes(frame) : no(frame)
  }
}

/** What failed may still be decided by what follows. */
export function notStrictlyFalse(step: Step): Step {
  return (frame) => {
    const value = attempt(step, frame)
    frame.meter.charge(1)
    return value !== false
  }
}

export function optionalSelection(operand: Step, field: Expr): Step {
  const name = field.kind === 'literal' ? String(field.value) : ''
  return (frame) => {
    const value = optionalSelect(operand(frame), name)
    frame.meter.charge(value.value === undefined ? 0 : 1)
    return value
  }
}

/** An optional, or what it holds, or where it is none the other: not asked where it is not needed. */
export function otherwise(optional: Step, other: Step, unwrapped: boolean): Step {
  return (frame) => {
    const value = optional(frame)
    if (!(value instanceof Optional)) throw new CelRuntimeError('no such overload')
    if (value.value === undefined) return other(frame)
    return unwrapped ? value.value : value
  }
}

/** What an optional holds. @throws CelRuntimeError where it is none */
export function unwrap(value: Value): Value | undefined {
  if (value instanceof Optional) return value.value
  throw new CelRuntimeError(`cannot initialize optional entry from non-optional value`)
}
