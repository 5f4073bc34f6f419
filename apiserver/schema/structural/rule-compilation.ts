/** The rules of one schema as programs: what each needs to run, or why it cannot. */

import { CelCompileError, compile, type Program } from '../../cel/cel.ts'
import { optional, type Type } from '../../cel/types.ts'
import type { ValidationRule } from './definition.ts'
import { followPath } from './field-path.ts'
import { type Declared, RuleTypes } from './rule-types.ts'
import type { Structural } from './structural.ts'

export interface CompiledRule {
  readonly rule: ValidationRule
  readonly program: Program | undefined
  /** Why there is no program. */
  readonly problem: string | undefined
  readonly usesOldSelf: boolean
  readonly message: Program | undefined
  readonly messageProblem: string | undefined
  /** Under the path of the value: where what it finds is told. */
  readonly fieldPath: string
}

/** A schema that has rules, or beneath which some stand. */
export interface RuleNode {
  readonly schema: Structural
  /** Each compiled when first asked for. */
  readonly rules: readonly (() => CompiledRule)[]
  readonly declared: Declared | undefined
  readonly properties: ReadonlyMap<string, RuleNode>
  readonly additional: RuleNode | undefined
  readonly items: RuleNode | undefined
}

const compiled = new WeakMap<Structural, RuleNode>()

/**
 * Of a schema and what is beneath; kept as long as the schema is.
 * @param root it is a resource's whole schema
 */
export function compiledRules(schema: Structural, root = true): RuleNode {
  const known = compiled.get(schema)
  if (known) return known
  const made = nodeOf(schema, new RuleTypes(), root)
  compiled.set(schema, made)
  return made
}

function nodeOf(schema: Structural, types: RuleTypes, root: boolean): RuleNode {
  const { items, additionalProperties: additional } = schema
  const below = (inner: Structural) => nodeOf(inner, types, inner.embeddedResource)
  const properties = new Map<string, RuleNode>()
  for (const [name, property] of schema.properties)
    if (property.hasRules) properties.set(name, below(property))
  const declared = schema.rules.length > 0 ? types.of(schema, root) : undefined
  return {
    schema,
    declared,
    rules: declared
      ? schema.rules.map((rule) => once(() => compileRule(rule, schema, declared)))
      : [],
    properties,
    additional:
      typeof additional === 'object' && additional.hasRules ? below(additional) : undefined,
    items: items?.hasRules ? below(items) : undefined,
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Compiles what is not compiled yet; others have a turn after each rule. */
export function* compiling(node: RuleNode): Generator<undefined, void, undefined> {
  if (ready.has(node)) return
  for (const rule of node.rules) {
    rule()
    yield
  }
  for (const property of node.properties.values()) yield* compiling(property)
  if (node.additional) yield* compiling(node.additional)
  if (node.items) yield* compiling(node.items)
  ready.add(node)
}

const ready = new WeakSet<RuleNode>()

function compileRule(rule: ValidationRule, schema: Structural, { type }: Declared): CompiledRule {
  const oldType = rule.optionalOldSelf ? optional(type) : type
  const [program, usesOldSelf] = compiledWithOld(rule.rule, type, oldType)
  const isProgram = 'run' in program
  const message = rule.messageExpression?.trim()
    ? compiledWithOld(rule.messageExpression, type, oldType)[0]
    : undefined
  const found = rule.fieldPath ? followPath(rule.fieldPath.trim(), schema) : undefined
  return {
    rule,
    program: isProgram && program.resultType.kind === 'bool' ? program : undefined,
    problem: !isProgram
      ? program.message
      : program.resultType.kind === 'bool'
        ? undefined
        : 'cel expression must evaluate to a bool',
    usesOldSelf,
    ...messageOf(message),
    fieldPath: found && 'path' in found ? found.path : '',
  }
}

function messageOf(
  message: Program | CelCompileError | undefined,
): Pick<CompiledRule, 'message' | 'messageProblem'> {
  if (!message) return { message: undefined, messageProblem: undefined }
  if (!('run' in message))
    return {
      message: undefined,
      messageProblem: `messageExpression ${message.message}`,
    }
  return message.resultType.kind === 'string'
    ? { message, messageProblem: undefined }
    : { message: undefined, messageProblem: 'messageExpression must evaluate to a string' }
}

/** An expression that compiles without the old value does not use it, although its text may hold the word. */
function compiledWithOld(
  expression: string,
  self: Type,
  oldSelf: Type,
): [program: Program | CelCompileError, usesOldSelf: boolean] {
  if (!/\boldSelf\b/.test(expression)) return [attempt(expression, { self }), false]
  const without = attempt(expression, { self })
  return 'run' in without ? [without, false] : [attempt(expression, { self, oldSelf }), true]
}

function attempt(expression: string, variables: Record<string, Type>): Program | CelCompileError {
  try {
    return compile(expression, { variables })
  } catch (error) {
    if (error instanceof CelCompileError) return error
    throw error
  }
}
