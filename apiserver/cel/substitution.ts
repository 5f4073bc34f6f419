/**
 * What the type parameters of an expression stand for, found while it is checked. An attempt that fails leaves no
 * trace.
 */

import * as types from './types.ts'
import { formatType, type Type } from './types.ts'

/** Parts of types that are looked at for one expression: a text can name types that double with each word. */
const maximumSteps = 500_000

/** The types of an expression are beyond what anyone means. */
export class TypeSizeError extends Error {
  override name = 'TypeSizeError'

  constructor() {
    super('the types of the expression are too large')
  }
}

export class Substitution {
  readonly #bound = new Map<string, Type>()
  /** What each binding was before, newest last. */
  readonly #journal: { name: string; before: Type | undefined }[] = []
  #count = 0
  #steps = 0

  /** @throws TypeSizeError */
  #step(): void {
    if (++this.#steps > maximumSteps) throw new TypeSizeError()
  }

  fresh(): Type {
    return types.param(`_var${this.#count++}`)
  }

  /** The same types with parameters of their own. */
  instantiate(all: readonly Type[]): Type[] {
    const own = new Map<string, Type>()
    const replace = (type: Type): Type => {
      this.#step()
      return mapTypes(type, replace, (name) => {
        let made = own.get(name)
        if (!made) {
          made = this.fresh()
          own.set(name, made)
        }
        return made
      })
    }
    return all.map(replace)
  }

  /** With everything put in that is known. @param complete what is not known is dynamic */
  resolve(type: Type, complete: boolean): Type {
    this.#step()
    return mapTypes(
      type,
      (inner) => this.resolve(inner, complete),
      (name) => {
        const bound = this.#bound.get(name)
        if (bound) return this.resolve(bound, complete)
        return complete ? types.dyn : undefined
      },
    )
  }

  assignAll(given: readonly Type[], declared: readonly Type[]): boolean {
    return this.#attempt(() => given.every((type, at) => this.#assign(type, declared[at]!)))
  }

  assign(given: Type, declared: Type): boolean {
    return this.#attempt(() => this.#assign(given, declared))
  }

  same(one: Type, other: Type): boolean {
    return (
      one === other ||
      formatType(this.resolve(one, false)) === formatType(this.resolve(other, false))
    )
  }

  /** Of two that go together. */
  moreGeneral(one: Type, other: Type): Type {
    if (one === other) return one
    return this.#lessSpecific(this.resolve(one, false), this.resolve(other, false)) ? one : other
  }

  #attempt(action: () => boolean): boolean {
    const start = this.#journal.length
    const good = action()
    if (!good)
      while (this.#journal.length > start) {
        const { name, before } = this.#journal.pop()!
        if (before) this.#bound.set(name, before)
        else this.#bound.delete(name)
      }
    return good
  }

  #bind(name: string, type: Type): true {
    this.#journal.push({ name, before: this.#bound.get(name) })
    this.#bound.set(name, type)
    return true
  }

  #generalize(name: string, given: Type, bound: Type): true {
    const chosen = this.moreGeneral(given, bound)
    return chosen === bound || this.#occurs(name, chosen) || this.#bind(name, chosen)
  }

  #assign(given: Type, declared: Type): boolean {
    this.#step()
    if (given === declared) return true
    if (declared.kind === 'param') {
      const bound = this.#bound.get(declared.name)
      if (given.kind === 'param' && given.name === declared.name) return true
      if (bound) return this.#assign(given, bound) && this.#generalize(declared.name, given, bound)
      if (!this.#occurs(declared.name, given)) return this.#bind(declared.name, given)
      return false
    }
    if (given.kind === 'param') return this.#assign(declared, given)
    if (isAnything(given) || isAnything(declared)) return true
    if (given.kind === 'null')
      return ['null', 'object', 'opaque', 'optional', 'duration', 'timestamp'].includes(
        declared.kind,
      )
    if (given.kind === 'list')
      return declared.kind === 'list' && this.#assign(given.items, declared.items)
    if (given.kind === 'map')
      return (
        declared.kind === 'map' &&
        this.#assign(given.keys, declared.keys) &&
        this.#assign(given.values, declared.values)
      )
    if (given.kind === 'optional')
      return declared.kind === 'optional' && this.#assign(given.of, declared.of)
    if (given.kind === 'object' || given.kind === 'opaque')
      return given.kind === declared.kind && given.name === declared.name
    return given.kind === declared.kind
  }

  #occurs(name: string, within: Type): boolean {
    this.#step()
    switch (within.kind) {
      case 'param': {
        if (within.name === name) return true
        const bound = this.#bound.get(within.name)
        return bound !== undefined && this.#occurs(name, bound)
      }
      case 'list':
        return this.#occurs(name, within.items)
      case 'map':
        return this.#occurs(name, within.keys) || this.#occurs(name, within.values)
      case 'optional':
      case 'type':
        return this.#occurs(name, within.of)
      default:
        return false
    }
  }

  #lessSpecific(one: Type, other: Type): boolean {
    this.#step()
    if (isAnything(one) || one.kind === 'param') return true
    if (isAnything(other) || other.kind === 'param') return false
    if (one.kind === 'list' && other.kind === 'list')
      return this.#lessSpecific(one.items, other.items)
    if (one.kind === 'map' && other.kind === 'map')
      return (
        this.#lessSpecific(one.keys, other.keys) && this.#lessSpecific(one.values, other.values)
      )
    if (one.kind === 'optional' && other.kind === 'optional')
      return this.#lessSpecific(one.of, other.of)
    return one.kind === other.kind && formatType(one) === formatType(other)
  }
}

const isAnything = (type: Type) =>
  type.kind === 'dyn' || (type.kind === 'opaque' && type.name === '!error!')

/** Applies a function to what a type is made of; a parameter for which there is nothing stays. */
function mapTypes(
  type: Type,
  inner: (type: Type) => Type,
  parameter: (name: string) => Type | undefined,
): Type {
  switch (type.kind) {
    case 'param':
      return parameter(type.name) ?? type
    case 'list':
      return { ...type, items: inner(type.items) }
    case 'map':
      return { ...type, keys: inner(type.keys), values: inner(type.values) }
    case 'optional':
    case 'type':
      return { ...type, of: inner(type.of) }
    default:
      return type
  }
}
