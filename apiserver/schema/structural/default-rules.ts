/** Defaults are values as good as those that clients send: nothing unknown, all of it valid, rules included. */

import { cloneJson } from '../../../api/json-text.ts'
import { invalid } from '../../resources/field-errors.ts'
import type { Examination, FieldError } from '../../resources/resource.ts'
import { StructureError } from '../structure.ts'
import { checkValue, Effort } from './check.ts'
import { uncorrelated } from './correlation.ts'
import { decodeObject, pruned, resourceFields } from './decode.ts'
import { DefaultsError, fillIn } from './defaulting.ts'
import { checkEmbedded, checkResource } from './embedded.ts'
import { checkRules, compiledRules, runtimeRulesBudget } from './rules.ts'
import { emptyStructural, type Structural } from './structural.ts'
import { isObject, type JsonObject, sameJson } from './values.ts'

/** An object in which a value stands at the place of its schema, for values within a resource's metadata. */
type Surround = (value: unknown) => JsonObject

interface Place {
  insideMetadata: boolean
  surround: Surround
  /** Of the nearest resource around. */
  resource: Structural
}

const aloneInResource: Surround = (value) => ({
  apiVersion: 'validation/v1',
  kind: 'Validation',
  ...(value as JsonObject),
})

/** Others have a turn after each default. */
export function* defaultErrors(schema: Structural, path: string): Examination {
  const place = { insideMetadata: false, surround: aloneInResource, resource: schema }
  yield* visit(schema, path, place, true, { checks: new Effort(), rules: runtimeRulesBudget })
}

/** What all defaults of a schema together may take. */
interface Budget {
  checks: Effort
  rules: number
}

function* visit(
  schema: Structural,
  path: string,
  outer: Place,
  root: boolean,
  budget: Budget,
): Examination {
  const isResource = root || schema.embeddedResource
  const place: Place = isResource
    ? { insideMetadata: false, surround: aloneInResource, resource: schema }
    : outer
  if (schema.default !== undefined) {
    yield* errorsOf(schema, `${path}.default`, place, budget)
    yield
  }
  const { surround } = place
  if (schema.items)
    yield* visit(
      schema.items,
      `${path}.items`,
      { ...place, surround: (value) => surround([value]) },
      false,
      budget,
    )
  for (const [name, property] of schema.properties)
    if (property.hasDefaults || property.default !== undefined)
      yield* visit(
        property,
        `${path}.properties[${name}]`,
        {
          ...place,
          insideMetadata: place.insideMetadata || (isResource && resourceFields.has(name)),
          surround: (value) => surround({ [name]: value }),
        },
        false,
        budget,
      )
}

function* errorsOf(schema: Structural, path: string, place: Place, budget: Budget): Examination {
  const value = schema.default
  const check = () => checkValue(schema, value, '', uncorrelated, budget.checks)
  if (place.insideMetadata) {
    const problem = metadataProblem(place.surround(cloneJson(value)))
    if (problem === undefined) yield* within(path, check())
    else yield invalid(path, value, `must result in valid metadata: ${problem}`)
    return
  }
  if (!sameJson(pruned(schema, value), value))
    return yield invalid(path, value, 'must not have unknown fields')
  const errors = within(path, [...checkEmbedded(schema, value), ...check()])
  if (errors.length > 0) yield* errors
  else yield* ruleErrors(schema, path, budget)
}

function metadataProblem(object: JsonObject): string | undefined {
  try {
    decodeObject(emptyStructural, object)
  } catch (error) {
    if (error instanceof StructureError) return error.message
    throw error
  }
  const errors: FieldError[] = []
  checkResource(object, '', errors)
  return errors.length === 0
    ? undefined
    : errors.map(({ field, message }) => `${field}: ${message}`).join(', ')
}

/** Rules see defaults as they will be: filled in beneath. Those that do not compile are told of elsewhere. */
function* ruleErrors(schema: Structural, path: string, budget: Budget): Examination {
  const { default: value, hasRules } = schema
  if (!hasRules || !(isObject(value) || schema.rules.length > 0)) return
  const whole = cloneJson(value)
  try {
    fillIn(whole, schema)
  } catch (error) {
    if (!(error instanceof DefaultsError)) throw error
    return yield invalid(path, '', `must not come with ${error.message} beneath`)
  }
  const errors = yield* checkRules(
    compiledRules(schema, schema.embeddedResource),
    whole as JsonObject,
    {
      old: uncorrelated,
      budget: budget.rules,
      spent(units) {
        budget.rules -= units
      },
    },
  )
  const compiles = ({ message }: FieldError) => !message.includes(': rule compile error: ')
  yield* within(path, errors.filter(compiles))
}

/** Errors of a value that stands at a path. */
const within = (path: string, errors: readonly FieldError[]): FieldError[] =>
  errors.map((error) => ({
    ...error,
    field: error.field === '<nil>' || error.field === '' ? path : `${path}.${error.field}`,
  }))
