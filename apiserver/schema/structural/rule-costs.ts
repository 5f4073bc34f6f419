/**
 * Rules as a definition may have them: each compiles, compares with old values only where these can be told, and
 * costs little enough for every value that it can meet in one object.
 */

import { unbounded as mostCost, ruleEstimateLimit, rulesEstimateLimit } from '../../cel/cost.ts'
import { forbidden, invalid } from '../../resources/field-errors.ts'
import type { Examination, FieldError } from '../../resources/resource.ts'
import { type CompiledRule, compiledRules, type RuleNode } from './rule-compilation.ts'
import { mostOccurrences } from './rule-types.ts'
import type { Structural } from './structural.ts'

/** Rules in all versions of a definition that differ, and their characters. */
export const maximumRules = 1000
export const maximumRuleText = 256 * 1024

interface Place {
  /** How often a value can stand here in one object; absent: as often as there is room for it. */
  occurrences: number | undefined
  /** The first schema on the way whose parts have no old values. */
  uncorrelatable: string | undefined
}

/** What is left for other versions of the definition. */
export interface RuleAllowance {
  rules: number
  text: number
}

interface Rules {
  path: string
  /** The schema was let pass before: what single rules cost is not asked again. */
  unchanged: boolean
  allowance: RuleAllowance
}

/** Others have a turn after each rule. */
export function* ruleErrors(
  schema: Structural,
  { path, unchanged, allowance }: Rules,
): Examination {
  const [rules, text] = extent(schema)
  allowance.rules -= rules
  allowance.text -= text
  if (allowance.rules < 0 || allowance.text < 0)
    return yield forbidden(
      path,
      `x-kubernetes-validations must have no more than ${maximumRules} rules of ${maximumRuleText} characters together`,
    )
  const visit = new Visit(unchanged)
  yield* visit.node(compiledRules(schema), path, { occurrences: 1, uncorrelatable: undefined })
  yield* visit.errors
  yield* visit.total(path)
}

function extent(schema: Structural): [rules: number, text: number] {
  if (!schema.hasRules) return [0, 0]
  let count = schema.rules.length
  let text = 0
  for (const { rule, messageExpression = '' } of schema.rules)
    text += rule.length + messageExpression.length
  const { items, additionalProperties: additional } = schema
  const below = [...schema.properties.values(), ...(items ? [items] : [])]
  if (typeof additional === 'object') below.push(additional)
  for (const node of below) {
    const [rules, characters] = extent(node)
    count += rules
    text += characters
  }
  return [count, text]
}

class Visit {
  readonly errors: FieldError[] = []
  readonly #unchanged: boolean
  readonly #expensive: { path: string; cost: number }[] = []
  #total = 0

  constructor(unchanged: boolean) {
    this.#unchanged = unchanged
  }

  *node(node: RuleNode, path: string, place: Place): Generator<undefined, void, undefined> {
    const { schema } = node
    const inner = childPlace(schema, place)
    const fields =
      schema.mapType === 'atomic'
        ? { ...inner, uncorrelatable: place.uncorrelatable ?? path }
        : inner
    if (node.additional) yield* this.node(node.additional, `${path}.additionalProperties`, inner)
    for (const [name, property] of node.properties)
      yield* this.node(property, `${path}.properties[${name}]`, fields)
    if (node.items)
      yield* this.node(
        node.items,
        `${path}.items`,
        schema.listType === 'map'
          ? inner
          : { ...inner, uncorrelatable: place.uncorrelatable ?? path },
      )
    if (schema.rules.length === 0) return
    if (!node.declared) {
      this.errors.push(untyped(`${path}.x-kubernetes-validations`))
      return
    }
    const occurrences = place.occurrences ?? mostOccurrences(node.declared.smallest)
    for (const [at, rule] of node.rules.entries()) {
      this.#rule(rule(), `${path}.x-kubernetes-validations[${at}]`, occurrences, place)
      yield
    }
  }

  /** What all rules cost together, and which of them most. */
  total(path: string): FieldError[] {
    if (this.#total <= rulesEstimateLimit) return []
    const expensive = this.#expensive.sort((one, other) => other.cost - one.cost).slice(0, 4)
    return [
      ...expensive.map((one) =>
        forbidden(
          one.path,
          'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
        ),
      ),
      forbidden(
        path,
        overBudget(
          'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema',
          this.#total,
          rulesEstimateLimit,
        ),
      ),
    ]
  }

  #rule(
    { rule, program, problem, usesOldSelf, message, messageProblem }: CompiledRule,
    path: string,
    occurrences: number,
    { uncorrelatable }: Place,
  ): void {
    if (program) this.#cost(`${path}.rule`, 'rule', program.estimatedCost().max, occurrences)
    if (problem !== undefined) this.errors.push(invalid(`${path}.rule`, rule, problem))
    if (messageProblem !== undefined)
      this.errors.push(invalid(`${path}.messageExpression`, rule, messageProblem))
    else if (message)
      this.#cost(`${path}.messageExpression`, 'messageExpression', message.estimatedCost().max, 1)
    if (usesOldSelf && uncorrelatable !== undefined)
      this.errors.push(
        invalid(
          `${path}.rule`,
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
        ),
      )
    if (!usesOldSelf && rule.optionalOldSelf !== undefined)
      this.errors.push(
        invalid(
          `${path}.optionalOldSelf`,
          rule.optionalOldSelf,
          'may not be set if oldSelf is not used in rule',
        ),
      )
  }

  #cost(path: string, what: string, each: number, occurrences: number): void {
    const cost = Math.min(each * occurrences, mostCost)
    if (cost > ruleEstimateLimit && !this.#unchanged)
      this.errors.push(
        forbidden(path, overBudget(`estimated ${what} cost`, cost, ruleEstimateLimit)),
      )
    this.#total = Math.min(this.#total + cost, mostCost)
    if (cost >= rulesEstimateLimit / 100) this.#expensive.push({ path, cost })
  }
}

function childPlace({ type, additionalProperties, source }: Structural, place: Place): Place {
  const { occurrences } = place
  if (occurrences === undefined) return place
  const times =
    type === 'array'
      ? source.maxItems
      : type === 'object' && additionalProperties !== undefined
        ? source.maxProperties
        : 1
  return {
    ...place,
    occurrences: times === undefined ? undefined : occurrences * Math.max(0, times),
  }
}

const untyped = (path: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field: path,
  message:
    'Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations',
})

function overBudget(what: string, cost: number, limit: number): string {
  const factor = cost / limit
  const times =
    factor > 100
      ? 'more than 100x'
      : factor < 1.5
        ? `${factor.toFixed(6)}x`
        : `${factor.toFixed(1)}x`
  return `${what} exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}
