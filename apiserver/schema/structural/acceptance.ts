/** Whether a schema may be a custom resource's: all rules for schemas in the order in which the API tells them. */

import { forbidden, invalid } from '../../resources/field-errors.ts'
import type { FieldError } from '../../resources/resource.ts'
import { maximumErrors } from './check.ts'
import { declarationErrors } from './declaration-rules.ts'
import { defaultErrors } from './default-rules.ts'
import type { JsonSchemaProps } from './definition.ts'
import { followPath } from './field-path.ts'
import { compilePattern, compilingBudget, PatternError } from './pattern.ts'
import { ruleErrors } from './rule-costs.ts'
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
}

/** At most a hundred of them. */
export function schemaErrors(
  schema: JsonSchemaProps,
  { path, statusSubresource, unchanged }: SchemaPlace,
): FieldError[] {
  const extent = extentError(schema, path)
  if (extent) return [extent]
  const errors = [
    ...(statusSubresource ? rootErrors(schema, path) : []),
    ...(schema.nullable
      ? [forbidden(`${path}.nullable`, 'nullable cannot be true at the root')]
      : []),
    ...structuralErrors(schema, path),
    ...patternErrors(schema, path),
    // One error may name all keys of a list: who makes none more asks for none more.
    ...first(maximumErrors, declarationErrors(schema, path)),
  ]
  if (errors.length === 0) errors.push(...treeErrors(schema, path, unchanged))
  return errors.slice(0, maximumErrors)
}

function* first<T>(most: number, all: Iterable<T>): Generator<T, void, undefined> {
  let left = most
  for (const one of all) {
    if (left-- <= 0) return
    yield one
  }
}

/** Defaults and rules are looked at in a schema that is right in all else. */
function treeErrors(schema: JsonSchemaProps, path: string, unchanged: boolean): FieldError[] {
  let tree: Structural
  try {
    tree = structuralOf(schema)
  } catch (error) {
    if (error instanceof SchemaError || error instanceof PatternError)
      return [invalid(path, '', error.message)]
    throw error
  }
  const errors = [...defaultErrors(tree, path), ...fieldPathErrors(tree, path)]
  return errors.length > 0 ? errors : tree.hasRules ? ruleErrors(tree, path, unchanged) : []
}

/** Schemas directly beneath one, each with how its path goes on. */
export function* below(
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
function extentError(schema: JsonSchemaProps, path: string): FieldError | undefined {
  let level = [schema]
  let nodes = 0
  for (let depth = 1; level.length > 0; depth++) {
    nodes += level.length
    if (depth > maximumSchemaDepth)
      return forbidden(path, `must not be deeper than ${maximumSchemaDepth} schemas`)
    if (nodes > maximumSchemaNodes)
      return forbidden(path, `must not have more than ${maximumSchemaNodes} schemas`)
    level = level.flatMap((one) => [...below(one)].map(([, inner]) => inner))
  }
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

/** Each different pattern once, within one budget. */
function patternErrors(schema: JsonSchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = []
  const known = new Map<string, string | undefined>()
  let budget = compilingBudget
  const problemOf = (pattern: string): string | undefined => {
    try {
      budget -= compilePattern(pattern, budget).size
      return undefined
    } catch (error) {
      if (error instanceof PatternError) return error.message
      throw error
    }
  }
  const visit = (one: JsonSchemaProps, at: string): void => {
    if (one.pattern) {
      if (!known.has(one.pattern)) known.set(one.pattern, problemOf(one.pattern))
      const problem = known.get(one.pattern)
      if (problem !== undefined)
        errors.push(
          invalid(
            `${at}.pattern`,
            one.pattern,
            `must be a valid regular expression, but isn't: ${problem}`,
          ),
        )
    }
    for (const [step, inner] of below(one)) visit(inner, at + step)
  }
  visit(schema, path)
  return errors
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
