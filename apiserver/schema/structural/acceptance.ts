/** Whether a schema may be a custom resource's: all rules for schemas in the order in which the API tells them. */

import { forbidden, invalid } from '../../resources/field-errors.ts'
import type { Examination, FieldError } from '../../resources/resource.ts'
import { maximumErrors } from './check.ts'
import { declarationErrors } from './declaration-rules.ts'
import { defaultErrors } from './default-rules.ts'
import type { JsonSchemaProps } from './definition.ts'
import { followPath } from './field-path.ts'
import { innerSchemas } from './inner-schemas.ts'
import { Pace } from './pace.ts'
import { PatternError, Patterns } from './pattern.ts'
import { maximumRules, maximumRuleText, type RuleAllowance, ruleErrors } from './rule-costs.ts'
import {
  maximumSchemaDepth,
  maximumSchemaNodes,
  SchemaError,
  type Structural,
  structuralOf,
} from './structural.ts'
import { structuralErrors } from './structural-rules.ts'

export interface SchemaPlace {
  /** Of the schema: `spec.validation.openAPIV3Schema`. */
  path: string
  statusSubresource: boolean
  /** It was let pass before, word for word. */
  unchanged: boolean
  allowance: Allowance
}

/** What is left for the schemas of one definition, of all its versions together. */
export interface Allowance {
  errors: number
  schemas: number
  patterns: Patterns
  rules: RuleAllowance
}

/** Schemas in all versions of a definition that differ. */
const maximumInDefinition = 2 * maximumSchemaNodes

export const newAllowance = (): Allowance => ({
  errors: maximumErrors,
  schemas: maximumInDefinition,
  patterns: new Patterns(),
  rules: { rules: maximumRules, text: maximumRuleText },
})

/** At most a hundred errors of all versions. Others have a turn between the pieces, each of which takes some 50 ms at most. */
export function* schemaErrors(schema: JsonSchemaProps, place: SchemaPlace): Examination {
  for (const found of allErrors(schema, place)) {
    if (found && place.allowance.errors-- <= 0) return
    yield found
  }
}

function* allErrors(schema: JsonSchemaProps, place: SchemaPlace): Examination {
  const { path, allowance } = place
  const extent = extentError(schema, path, allowance)
  if (extent) return yield extent
  let good = true
  for (const found of shapeErrors(schema, place)) {
    if (found) good = false
    yield found
  }
  if (good) yield* treeErrors(schema, place)
}

function* shapeErrors(schema: JsonSchemaProps, place: SchemaPlace): Examination {
  const { path, statusSubresource, allowance } = place
  if (statusSubresource) yield* rootErrors(schema, path)
  if (schema.nullable) yield forbidden(`${path}.nullable`, 'nullable cannot be true at the root')
  yield* structuralErrors(schema, path)
  yield
  yield* patternErrors(schema, path, allowance.patterns)
  yield
  yield* declarationErrors(schema, path)
  yield
}

/** Defaults and rules are looked at in a schema that is right in all else. */
function* treeErrors(
  schema: JsonSchemaProps,
  { path, unchanged, allowance }: SchemaPlace,
): Examination {
  let tree: Structural
  try {
    tree = structuralOf(schema, allowance.patterns)
  } catch (error) {
    if (error instanceof SchemaError || error instanceof PatternError)
      return yield invalid(path, '', error.message)
    throw error
  }
  yield
  let good = true
  for (const found of [defaultErrors(tree, path), fieldPathErrors(tree, path)])
    for (const one of found) {
      if (one) good = false
      yield one
    }
  if (good && tree.hasRules)
    yield* ruleErrors(tree, { path, unchanged, allowance: allowance.rules })
}

/** Schemas directly beneath one, each with how its path goes on. */
function* below(
  schema: JsonSchemaProps,
): Generator<[path: string, schema: JsonSchemaProps], void, undefined> {
  for (const keyword of ['properties', 'patternProperties', 'definitions'] as const)
    for (const [name, one] of Object.entries(schema[keyword] ?? {}))
      yield [`.${keyword}[${name}]`, one]
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [at, one] of (schema[keyword] ?? []).entries()) yield [`.${keyword}[${at}]`, one]
  for (const keyword of ['additionalProperties', 'additionalItems', 'not'] as const) {
    const one = schema[keyword]
    if (typeof one === 'object') yield [`.${keyword}`, one]
  }
  if (Array.isArray(schema.items))
    for (const [at, one] of schema.items.entries()) yield [`.items[${at}]`, one]
  else if (schema.items) yield ['.items', schema.items]
}

/** Everything else walks schemas by recursion, and may so once they are known to be no deeper than this. */
function extentError(
  schema: JsonSchemaProps,
  path: string,
  allowance: Allowance,
): FieldError | undefined {
  let level = [schema]
  let nodes = 0
  for (let depth = 1; level.length > 0; depth++) {
    nodes += level.length
    if (depth > maximumSchemaDepth)
      return forbidden(path, `must not be deeper than ${maximumSchemaDepth} schemas`)
    if (nodes > maximumSchemaNodes)
      return forbidden(path, `must not have more than ${maximumSchemaNodes} schemas`)
    if (nodes > allowance.schemas)
      return forbidden(path, `all versions must not have more than ${maximumInDefinition} schemas`)
    level = level.flatMap(innerSchemas)
  }
  allowance.schemas -= nodes
  return undefined
}

/** With a status subresource, keywords that would not hold for the status alone may not stand at the root. */
const allowedAtRoot =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations'

const allowedKeywords = new Set([
  ...allowedAtRoot.split(' ').map((name) => name.charAt(0).toLowerCase() + name.slice(1)),
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
])

function rootErrors(schema: JsonSchemaProps, path: string): FieldError[] {
  if (schema.type && schema.type !== 'object')
    return [
      invalid(
        `${path}.type`,
        schema.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    ]
  const odd = Object.keys(schema).some(
    (keyword) => !allowedKeywords.has(keyword) && keyword !== 'nullable',
  )
  return odd
    ? [
        invalid(
          path,
          schema,
          `only [${allowedAtRoot}] fields are allowed at the root of the schema if the status subresource is enabled`,
        ),
      ]
    : []
}

/** Each different pattern once, within one budget; others have a turn after each. */
function* patternErrors(schema: JsonSchemaProps, path: string, patterns: Patterns): Examination {
  const known = new Map<string, string | undefined>()
  const pace = new Pace()
  function* visit(one: JsonSchemaProps, at: string): Examination {
    if (pace.isDue) yield
    if (one.pattern) {
      const isNew = !known.has(one.pattern)
      if (isNew) known.set(one.pattern, patternProblem(one.pattern, patterns))
      const problem = known.get(one.pattern)
      if (problem !== undefined)
        yield invalid(
          `${at}.pattern`,
          one.pattern,
          `must be a valid regular expression, but isn't: ${problem}`,
        )
      if (isNew) yield
    }
    for (const [step, inner] of below(one)) yield* visit(inner, at + step)
  }
  yield* visit(schema, path)
}

function patternProblem(pattern: string, patterns: Patterns): string | undefined {
  try {
    patterns.of(pattern).compile()
    return undefined
  } catch (error) {
    if (error instanceof PatternError) return error.message
    throw error
  }
}

function fieldPathErrors(schema: Structural, path: string): FieldError[] {
  if (!schema.hasRules) return []
  const errors: FieldError[] = []
  for (const [at, { fieldPath }] of schema.rules.entries())
    if (fieldPath && 'problem' in followPath(fieldPath, schema))
      errors.push(
        invalid(
          `${path}.x-kubernetes-validations[${at}].fieldPath`,
          fieldPath,
          'fieldPath must be a valid path',
        ),
      )
  for (const [name, property] of schema.properties)
    errors.push(...fieldPathErrors(property, `${path}.properties[${name}]`))
  const { items, additionalProperties: additional } = schema
  if (items) errors.push(...fieldPathErrors(items, `${path}.items`))
  if (typeof additional === 'object')
    errors.push(...fieldPathErrors(additional, `${path}.additionalProperties`))
  return errors
}
