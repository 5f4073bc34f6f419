/**
 * What type each part of an expression has, and which declarations a call can mean. Everything that is wrong is found
 * in one pass; what is dynamic is left to the run.
 */

import {
  type Call,
  type Comprehension,
  type Expr,
  type ExprOf,
  qualifiedName,
  type Visitor,
  visit,
} from './ast.ts'
import { CelCompileError, type Issue } from './errors.ts'
import type { Overload } from './functions.ts'
import type { FunctionTable } from './library/index.ts'
import { literalIssue, literalType } from './literal-checks.ts'
import { Locals } from './locals.ts'
import { Substitution, TypeSizeError } from './substitution.ts'
import { typeNames } from './type-names.ts'
import * as types from './types.ts'
import { formatType, type ObjectType, type Type } from './types.ts'

export interface Scope {
  variables: Readonly<Record<string, Type>>
  types?(name: string): Type | undefined
  functions: FunctionTable
}

export interface Checked {
  expr: Expr
  typeOf(expr: Expr): Type
  /** Never empty. The target of a call to a qualified name is no argument. */
  overloadsOf(call: Call): readonly Overload[]
  /** The variable that a select of names is as a whole: `authorizer.requestResource`. */
  variableNamed(expr: Expr): string | undefined
  /** The name of a type that an expression is. */
  typeNamed(expr: Expr): string | undefined
  objectOf(expr: Expr): ObjectType | undefined
}

/** What is wrong already: everything goes with it. */
const wrong = types.opaque('!error!')

/** @throws CelCompileError */
export function check(source: string, expr: Expr, scope: Scope): Checked {
  const checker = new Checker(scope)
  try {
    checker.check(expr)
    if (checker.issues.length > 0) throw CelCompileError.of(source, checker.issues)
    return { ...checker.results(), expr }
  } catch (error) {
    if (!(error instanceof TypeSizeError)) throw error
    throw CelCompileError.of(source, [{ offset: 0, message: error.message }])
  }
}

class Checker {
  readonly issues: Issue[] = []
  readonly #scope: Scope
  readonly #types = new Map<Expr, Type>()
  readonly #overloads = new Map<Expr, Overload[]>()
  readonly #typeNames = new Map<Expr, string>()
  readonly #qualified = new Map<Expr, string>()
  readonly #objects = new Map<Expr, ObjectType>()
  readonly #locals = new Locals<Type>()
  readonly #substitution = new Substitution()
  readonly #visitor: Visitor<Type> = {
    literal: ({ value }) => literalType(value),
    ident: (expr) => this.#ident(expr, expr.name) ?? this.#undeclared(expr.offset, expr.name),
    select: (expr) => this.#select(expr),
    call: (expr) => this.#call(expr),
    list: (expr) => this.#list(expr),
    map: (expr) => this.#map(expr),
    struct: (expr) => this.#struct(expr),
    comprehension: (expr) => this.#comprehension(expr),
  }

  constructor(scope: Scope) {
    this.#scope = scope
  }

  results(): Omit<Checked, 'expr'> {
    const known = new Map<Expr, Type>()
    for (const [expr, type] of this.#types) known.set(expr, this.#substitution.resolve(type, true))
    return {
      typeOf: (expr) => known.get(expr) ?? types.dyn,
      overloadsOf: (call) => this.#overloads.get(call) ?? [],
      variableNamed: (expr) => this.#qualified.get(expr),
      typeNamed: (expr) => this.#typeNames.get(expr),
      objectOf: (expr) => this.#objects.get(expr),
    }
  }

  check(expr: Expr): Type {
    const type = visit(expr, this.#visitor)
    this.#types.set(expr, type)
    return type
  }

  #report(offset: number, message: string): Type {
    this.issues.push({ offset, message })
    return wrong
  }

  #undeclared(offset: number, name: string): Type {
    return this.#report(offset, `undeclared reference to '${name}' (in container '')`)
  }

  #show(type: Type): string {
    return formatType(this.#substitution.resolve(type, false))
  }

  #ident(expr: Expr, name: string): Type | undefined {
    const local = this.#locals.find(name)
    if (local) return local
    if (Object.hasOwn(this.#scope.variables, name)) return this.#scope.variables[name]
    const known = typeNames.get(name)
    if (!known) return undefined
    this.#typeNames.set(expr, known.runtime)
    return types.typeOf(known.type)
  }

  #select(expr: ExprOf<'select'>): Type {
    const qualified = qualifiedName(expr)
    if (qualified !== undefined && !expr.test && Object.hasOwn(this.#scope.variables, qualified)) {
      this.#qualified.set(expr, qualified)
      return this.#scope.variables[qualified]!
    }
    if (qualified !== undefined && !expr.test && !this.#isVariable(qualified)) {
      const type = this.#ident(expr, qualified)
      if (type) return type
    }
    const operand = this.#resolved(this.check(expr.operand))
    const held = operand.kind === 'optional' ? this.#resolved(operand.of) : operand
    const field = this.#field(expr.offset, held, expr.field)
    if (expr.test) return types.bool
    return operand.kind === 'optional' ? types.optional(field) : field
  }

  #isVariable(qualified: string): boolean {
    const [first = ''] = qualified.split('.')
    return this.#locals.has(first) || Object.hasOwn(this.#scope.variables, first)
  }

  #field(offset: number, type: Type, name: string): Type {
    switch (type.kind) {
      case 'map':
        return type.values
      case 'object':
        return type.field(name)?.type ?? this.#report(offset, `undefined field '${name}'`)
      case 'dyn':
      case 'param':
        return types.dyn
      default:
        if (type === wrong) return wrong
        return this.#report(offset, `type '${this.#show(type)}' does not support field selection`)
    }
  }

  #resolved(type: Type): Type {
    return this.#substitution.resolve(type, false)
  }

  #call(call: Call): Type {
    const { functions } = this.#scope
    if (call.name === '_?._') return this.#optionalSelect(call)
    const args = call.args.map((arg) => this.check(arg))
    const namespace = call.target && qualifiedName(call.target)
    if (namespace !== undefined && !this.#isVariable(namespace)) {
      const name = `${namespace}.${call.name}`
      const found = functions.get(name)
      if (found) return this.#resolve(call, name, found, args, undefined)
    }
    const target = call.target && this.check(call.target)
    const found = functions.get(call.name)
    if (!found) return this.#undeclared(call.offset, call.name)
    return this.#resolve(call, call.name, found, args, target)
  }

  #resolve(
    call: Call,
    name: string,
    candidates: readonly Overload[],
    args: readonly Type[],
    target: Type | undefined,
  ): Type {
    const given = target ? [target, ...args] : args
    const matching: Overload[] = []
    let result: Type | undefined
    for (const overload of candidates) {
      if (overload.member !== (target !== undefined) || overload.args.length !== given.length)
        continue
      const type = this.#resultOf(overload, given)
      if (!type) continue
      matching.push(overload)
      result = result && !this.#substitution.same(result, type) ? types.dyn : type
    }
    if (result) {
      const issue = literalIssue(call)
      if (issue) this.issues.push(issue)
      this.#overloads.set(call, matching)
      return result
    }
    if (given.includes(wrong)) return wrong
    const shown = args.map((type) => this.#show(type)).join(', ')
    const signature = target ? `${this.#show(target)}.(${shown})` : `(${shown})`
    return this.#report(
      call.offset,
      `found no matching overload for '${name}' applied to '${signature}'`,
    )
  }

  /** `undefined` where it does not take these types. */
  #resultOf({ args, result, generic }: Overload, given: readonly Type[]): Type | undefined {
    const fresh = generic ? this.#substitution.instantiate([...args, result]) : [...args, result]
    if (!this.#substitution.assignAll(given, fresh.slice(0, -1))) return undefined
    return this.#resolved(fresh.at(-1)!)
  }

  #optionalSelect(call: Call): Type {
    const [operand, field] = call.args
    const type = this.#resolved(this.check(operand!))
    this.#types.set(field!, types.string)
    const held = type.kind === 'optional' ? this.#resolved(type.of) : type
    const name = field?.kind === 'literal' ? String(field.value) : ''
    return types.optional(this.#field(call.offset, held, name))
  }

  #list(expr: ExprOf<'list'>): Type {
    let items: Type | undefined
    for (const [index, element] of expr.elements.entries()) {
      const type = this.#unwrapped(element, expr.optionals.has(index))
      items = this.#joined(element.offset, items, type)
    }
    return types.list(items ?? this.#substitution.fresh())
  }

  /** The type that an element or a value that may be absent brings. */
  #unwrapped(expr: Expr, isOptional: boolean): Type {
    const type = this.check(expr)
    if (!isOptional) return type
    const held = this.#resolved(type)
    if (held.kind === 'dyn' || held === wrong) return types.dyn
    if (held.kind === 'optional') return held.of
    return this.#report(
      expr.offset,
      `expected type 'optional_type(${this.#show(held)})' but found '${this.#show(held)}'`,
    )
  }

  #joined(offset: number, before: Type | undefined, type: Type): Type {
    if (!before) return type
    if (this.#substitution.assign(type, before)) return this.#substitution.moreGeneral(before, type)
    if (type === wrong || before === wrong) return before
    return this.#report(
      offset,
      `expected type '${this.#show(before)}' but found '${this.#show(type)}'`,
    )
  }

  #map(expr: ExprOf<'map'>): Type {
    let [keys, values]: (Type | undefined)[] = [undefined, undefined]
    for (const { key, value, optional } of expr.entries) {
      keys = this.#joined(key.offset, keys, this.check(key))
      values = this.#joined(value.offset, values, this.#unwrapped(value, optional))
    }
    return types.map(keys ?? this.#substitution.fresh(), values ?? this.#substitution.fresh())
  }

  #struct(expr: ExprOf<'struct'>): Type {
    const type = this.#scope.types?.(expr.name)
    if (type?.kind === 'object') this.#objects.set(expr, type)
    for (const { offset, name, value, optional } of expr.fields) {
      const given = this.#unwrapped(value, optional)
      if (type?.kind !== 'object') continue
      const declared = this.#field(offset, type, name)
      if (declared !== wrong && !this.#substitution.assign(given, declared))
        this.#report(
          offset,
          `expected type of field '${name}' is '${this.#show(declared)}' but provided type is '${this.#show(given)}'`,
        )
    }
    if (type?.kind === 'object' && type.constructible) return type
    return this.#undeclared(expr.offset, expr.name)
  }

  #comprehension(expr: Comprehension): Type {
    const range = this.#resolved(this.check(expr.range))
    const accu = this.check(expr.init)
    const each = () => {
      this.#assert(expr.condition, types.bool)
      this.#assert(expr.step, accu)
    }
    const iterated = this.#iterated(expr, range)
    const [, result] = this.#locals.within(expr, accu, iterated, each, () =>
      this.check(expr.result),
    )
    return result
  }

  /** The types of the variables. */
  #iterated({ range: { offset }, iterVar2 }: Comprehension, range: Type): Type[] {
    const two = iterVar2 !== undefined
    switch (range.kind) {
      case 'list':
        return two ? [types.int, range.items] : [range.items]
      case 'map':
        return two ? [range.keys, range.values] : [range.keys]
      case 'dyn':
      case 'param':
        return [types.dyn, types.dyn]
      default:
        if (range !== wrong)
          this.#report(
            offset,
            `expression of type '${this.#show(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
          )
        return [wrong, wrong]
    }
  }

  #assert(expr: Expr, expected: Type): void {
    const type = this.check(expr)
    if (type === wrong || this.#substitution.assign(type, expected)) return
    this.#report(
      expr.offset,
      `expected type '${this.#show(expected)}' but found '${this.#show(type)}'`,
    )
  }
}
