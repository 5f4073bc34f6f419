/**
 * Runs a schema's rules on an object: each on every value that its schema describes, transition rules where the old
 * value can be told, all of them together within one budget. What an update left alone is let pass.
 */

import { adapt } from '../../cel/adapt.ts'
import { CelBudgetError, CelRuntimeError, type Program } from '../../cel/cel.ts'
import { perCallLimit } from '../../cel/cost.ts'
import { Optional } from '../../cel/values.ts'
import { duplicate, forbidden, invalid, required } from '../../resources/field-errors.ts'
import type { FieldError } from '../../resources/resource.ts'
import { maximumErrors } from './check.ts'
import { oldField, oldItems, uncorrelated } from './correlation.ts'
import { typeFields } from './decode.ts'
import type { ValidationRule } from './definition.ts'
import { type CompiledRule, compiling, type RuleNode } from './rule-compilation.ts'
import { child, isObject, type JsonObject, keyed, sameJson } from './values.ts'

export { runtimeRulesBudget } from '../../cel/cost.ts'
export { compiledRules } from './rule-compilation.ts'

export interface RuleOptions {
  /** `uncorrelated` on create. */
  old: unknown
  /** Units of all rules together. */
  budget: number
  /** Told what was let pass because nothing was changed there. */
  warn?: ((text: string) => void) | undefined
  /** Told what each run has cost. */
  spent?: (units: number) => void
}

/** Gives others a turn every some 10 ms. */
export function* checkRules(
  node: RuleNode,
  object: JsonObject,
  options: RuleOptions,
): Generator<undefined, FieldError[], undefined> {
  const { old } = options
  yield* compiling(node)
  const run = new Run(options)
  yield* run.node(node, object, '', {
    oldSelf: old,
    nearest: old === uncorrelated ? undefined : new Change(object, old),
  })
  return run.errors
}

/** Steps of expressions, some 50 ns each, after which others have a turn. */
const turnWork = 200_000
/** What looking at a value takes, and what one that fails does, in steps. */
const valueWork = 10
const failureWork = 2_000

type Turns = Generator<undefined, void, undefined>

/** What a value was: for rules that compare, and the nearest one around it that can be told. */
interface Before {
  oldSelf: unknown
  nearest: Change | undefined
}

/** Many rules may ask of the same one whether it was any. */
class Change {
  readonly value: unknown
  readonly old: unknown
  #none: boolean | undefined

  constructor(value: unknown, old: unknown) {
    this.value = value
    this.old = old
  }

  get isNone(): boolean {
    this.#none ??= sameJson(this.value, this.old)
    return this.#none
  }
}

/** Bytes of a message that an expression made. */
const maximumMessage = 5 * 1024

class Run {
  readonly errors: FieldError[] = []
  #budget: number
  #over = false
  /** Steps since others had a turn. */
  #work = 0
  readonly #warn: RuleOptions['warn']
  readonly #spent: RuleOptions['spent']

  constructor({ budget, warn, spent }: RuleOptions) {
    this.#budget = budget
    this.#warn = warn
    this.#spent = spent
  }

  *node(node: RuleNode, value: unknown, path: string, before: Before): Turns {
    if (this.#over || value === null || value === undefined) return
    this.#work += valueWork
    for (const rule of node.rules) {
      if (this.#over || this.errors.length >= maximumErrors) return
      this.#rule(node, rule(), value, path, before)
      if (this.#work >= turnWork) {
        this.#work = 0
        yield
      }
    }
    if (Array.isArray(value)) yield* this.#items(node, value, path, before)
    else if (isObject(value)) yield* this.#fields(node, value, path, before)
  }

  *#items({ schema, items }: RuleNode, list: unknown[], path: string, before: Before): Turns {
    if (!items) return
    const oldOf = oldItems(schema, before.oldSelf)
    const nearestOf = oldItems(schema, before.nearest?.old)
    for (const [at, item] of list.entries())
      yield* this.node(items, item, `${path}[${at}]`, {
        oldSelf: oldOf(item),
        nearest: nearer(before, item, nearestOf(item)),
      })
  }

  *#fields(node: RuleNode, object: JsonObject, path: string, before: Before): Turns {
    const whole = node.schema.mapType === 'atomic'
    for (const key of Object.keys(object)) {
      const property = node.properties.get(key)
      const below = property ?? node.additional
      if (!below || (!property && node.schema.properties.has(key))) continue
      const nearestOld = oldField(before.nearest?.old, key)
      yield* this.node(below, object[key], property ? child(path, key) : keyed(path, key), {
        oldSelf: whole ? uncorrelated : oldField(before.oldSelf, key),
        nearest:
          path === '' && typeFields.has(key) ? undefined : nearer(before, object[key], nearestOld),
      })
    }
  }

  #rule(
    { schema: { type }, declared }: RuleNode,
    compiled: CompiledRule,
    value: unknown,
    path: string,
    before: Before,
  ): void {
    const { rule, program, problem, usesOldSelf } = compiled
    const at = path === '' ? '<nil>' : path
    if (!program) {
      this.errors.push(invalid(at, type, `rule compile error: ${problem}`))
      return
    }
    const hasOld = before.oldSelf !== uncorrelated && before.oldSelf !== null
    if (usesOldSelf && !hasOld && !rule.optionalOldSelf) return
    const oldSelf = !rule.optionalOldSelf
      ? before.oldSelf
      : hasOld
        ? new Optional(adapt(before.oldSelf, declared!.type))
        : Optional.none
    const bindings = hasOld || rule.optionalOldSelf ? { self: value, oldSelf } : { self: value }
    const result = this.#evaluate(program, bindings)
    if (result.kind === 'value' && result.value === true) return
    if (result.kind === 'value') this.#fails(compiled, type, path, bindings, before)
    else this.#breaks(result, rule, type, at)
  }

  #fails(
    { rule, usesOldSelf, message, fieldPath }: CompiledRule,
    type: string,
    path: string,
    bindings: Record<string, unknown>,
    { nearest }: Before,
  ): void {
    const told = fieldPath === '' ? path : child(path, fieldPath)
    const at = told === '' ? '<nil>' : told
    const made = message && this.#evaluate(message, bindings)
    const limit = made && limitText(made, rule)
    const text =
      (made && messageIn(made)) ?? `${rule.message ? '' : 'failed rule: '}${nameOf(rule)}`
    const error = limit === undefined ? errorFor(rule, at, type, text) : invalid(at, type, limit)
    if (usesOldSelf || !nearest?.isNone) this.errors.push(error)
    else this.#warn?.(`${error.field}: ${error.message}`)
  }

  #breaks(
    result: Exclude<Result, { kind: 'value' }>,
    rule: ValidationRule,
    type: string,
    at: string,
  ): void {
    switch (result.kind) {
      case 'over budget':
        this.errors.push(invalid(at, type, `validation failed due to ${overBudget}`))
        return
      case 'over limit':
        this.errors.push(
          invalid(
            at,
            type,
            `'${result.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${nameOf(rule)}`,
          ),
        )
        return
      case 'failed':
        this.errors.push(
          invalid(
            at,
            type,
            result.message.startsWith('no such overload')
              ? `'${result.message}': call arguments did not match a supported operator, function or macro signature for rule: ${nameOf(rule)}`
              : `${result.message} evaluating rule: ${nameOf(rule)}`,
          ),
        )
        return
      default:
        result satisfies never
    }
  }

  #evaluate(program: Program, bindings: Record<string, unknown>): Result {
    const costLimit = Math.min(perCallLimit, this.#budget)
    try {
      const { value, cost, work } = program.run(bindings, { costLimit })
      this.#pay(cost)
      this.#work += work
      return { kind: 'value', value }
    } catch (error) {
      this.#work += failureWork
      if (error instanceof CelBudgetError) {
        this.#over = true
        return this.#budget < perCallLimit
          ? { kind: 'over budget' }
          : { kind: 'over limit', message: error.message }
      }
      if (!(error instanceof CelRuntimeError)) throw error
      // What it cost until then is not told: not more than it may cost at most.
      this.#pay(Math.min(program.estimatedCost().max, perCallLimit))
      return { kind: 'failed', message: error.message }
    }
  }

  #pay(units: number): void {
    this.#budget -= units
    this.#spent?.(units)
  }
}

type Result =
  | { kind: 'value'; value: unknown }
  | { kind: 'failed'; message: string }
  | { kind: 'over limit'; message: string }
  | { kind: 'over budget' }

/** What an expression made, where that can be told in a line. */
function messageIn(result: Result): string | undefined {
  if (result.kind !== 'value' || typeof result.value !== 'string') return undefined
  const text = result.value.trim()
  const fits = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= maximumMessage
  return fits ? text : undefined
}

/** Why the expression of a message was stopped, if it was. */
function limitText({ kind }: Result, { messageExpression }: ValidationRule): string | undefined {
  if (kind === 'over budget') return `messageExpression evaluation failed due to ${overBudget}`
  if (kind === 'over limit')
    return `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(messageExpression)}`
  return undefined
}

const overBudget = 'running out of cost budget, no further validation rules will be run'

const nearer = ({ nearest }: Before, value: unknown, old: unknown): Change | undefined =>
  old === uncorrelated || !nearest ? nearest : new Change(value, old)

const nameOf = ({ message, rule }: ValidationRule) => (message || rule).trim()

function errorFor({ reason }: ValidationRule, at: string, type: string, text: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(at, text)
    case 'FieldValueRequired':
      return required(at, text)
    case 'FieldValueDuplicate':
      return duplicate(at, type)
    default:
      return invalid(at, type, text)
  }
}
