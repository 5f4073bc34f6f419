/** A version of a CustomResourceDefinition as the `CustomSchema` that the registry, apply and OpenAPI go by. */

import type { GroupVersionKind, KubernetesObject } from '../../../api/object.ts'
import { invalid } from '../../resources/field-errors.ts'
import type { Examination, FieldError } from '../../resources/resource.ts'
import type { CustomSchema } from '../custom-schema.ts'
import { checkValue, Effort } from './check.ts'
import { uncorrelated } from './correlation.ts'
import { decodeObject } from './decode.ts'
import { applyDefaults } from './defaulting.ts'
import type { DefinitionVersion } from './definition.ts'
import { checkEmbedded } from './embedded.ts'
import { knownStructural } from './known-schemas.ts'
import { checkListTypes } from './list-types.ts'
import { resourceMergeType } from './merge-type.ts'
import { publishedSchema } from './open-api.ts'
import { checkRules, compiledRules, type RuleOptions, runtimeRulesBudget } from './rules.ts'
import { checkScale } from './scale-paths.ts'
import { emptyStructural, patternsOf, type Structural } from './structural.ts'

export interface SchemaOptions {
  /** What all rules of one object may cost, in the units of expressions. */
  rulesBudget?: number
}

/**
 * Made once for a version and kept: it reads the whole schema, and compiles its patterns; rules are compiled when
 * the first object is validated.
 * @throws SchemaError, PatternError where validation of the definition was passed by
 */
export function customSchema(
  kind: GroupVersionKind,
  version: DefinitionVersion,
  { rulesBudget = runtimeRulesBudget }: SchemaOptions = {},
): CustomSchema {
  const declared = version.schema?.openAPIV3Schema
  const schema = declared ? knownStructural(declared) : emptyStructural
  const scale = version.subresources?.scale
  return {
    decode: (value, repeats) => decodeObject(schema, value, repeats),
    default: (object) => applyDefaults(object, schema),
    *validate(object, old, warn) {
      for (const pattern of patternsOf(schema)) if (pattern.isNew) yield void pattern.compile()
      const effort = new Effort()
      const errors = checkValue(schema, object, '', old ?? uncorrelated, effort)
      for (const check of [
        () => (scale ? checkScale(scale, object) : []),
        () => checkEmbedded(schema, object),
        () => listErrors(schema, object, old),
      ]) {
        if (effort.isMuch) yield
        errors.push(...check())
      }
      const options = { old: old ?? uncorrelated, budget: rulesBudget, warn }
      yield* errors
      yield* ruleErrors(schema, object, options, errors)
    },
    mergeType: resourceMergeType(schema),
    openApi: (dialect) => publishedSchema(declared && schema, kind, dialect),
  }
}

/** A list that was ambiguous before may stay so: whoever cannot write it could not repair it either. */
function listErrors(
  schema: Structural,
  object: KubernetesObject,
  old: KubernetesObject | undefined,
): FieldError[] {
  if (!schema.hasUniqueLists || (old && checkListTypes(schema, old).length > 0)) return []
  return checkListTypes(schema, object)
}

/** Types that are not what rules were compiled for. */
const blocking: ReadonlySet<FieldError['reason']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

function* ruleErrors(
  schema: Structural,
  object: KubernetesObject,
  options: RuleOptions,
  errors: readonly FieldError[],
): Examination {
  if (!schema.hasRules) return
  if (errors.some(({ reason }) => blocking.has(reason)))
    return yield invalid(
      '<nil>',
      'null',
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    )
  yield* yield* checkRules(compiledRules(schema), object, options)
}
