/** One run of a plan: what its variables hold, and what it has spent. */

import { adapt } from './adapt.ts'
import { CelRuntimeError } from './errors.ts'
import type { Meter } from './meter.ts'
import { dyn, type Type } from './types.ts'
import type { Value } from './values.ts'

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
