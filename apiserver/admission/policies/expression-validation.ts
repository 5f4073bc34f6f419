/** What is wrong with the expressions of policies and webhooks, for the one who writes them: every one is compiled. */

import type { MutatingAdmissionPolicy, ValidatingAdmissionPolicy } from '../../../api/types.ts'
import { type FieldErrors, invalid } from '../../resources/field-errors.ts'
import {
  type CompiledVariables,
  compileConditions,
  compileMutating,
  compileValidating,
} from './compiled-policy.ts'
import type { Compiled } from './expression.ts'

type Spec<T extends { spec?: unknown }> = NonNullable<T['spec']>

export function* validatePolicyExpressions(spec: Spec<ValidatingAdmissionPolicy>): FieldErrors {
  const { conditions, variables, validations, annotations } = compileValidating(spec)
  yield* conditionProblems(conditions, 'spec')
  yield* variableProblems(variables)
  for (const [index, { condition, message }] of validations.entries()) {
    yield* problem(condition, `spec.validations[${index}].expression`)
    if (message) yield* problem(message, `spec.validations[${index}].messageExpression`)
  }
  for (const [index, annotation] of annotations.entries())
    yield* problem(annotation, `spec.auditAnnotations[${index}].valueExpression`)
}

export function* validateMutationExpressions(spec: Spec<MutatingAdmissionPolicy>): FieldErrors {
  const { conditions, variables, mutations } = compileMutating(spec)
  yield* conditionProblems(conditions, 'spec')
  yield* variableProblems(variables)
  for (const [index, { type, expression }] of mutations.entries()) {
    const field = type === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration'
    yield* problem(expression, `spec.mutations[${index}].${field}.expression`)
  }
}

/** @param field of the webhook: `webhooks[0]` */
export const validateConditionExpressions = (
  conditions: readonly { name?: string; expression?: string }[] | undefined,
  field: string,
): FieldErrors =>
  conditionProblems(
    compileConditions(
      (conditions ?? []).map(({ name = '', expression = '' }) => ({ name, expression })),
      {},
    ),
    field,
  )

function* conditionProblems(conditions: readonly Compiled[], field: string): FieldErrors {
  for (const [index, condition] of conditions.entries())
    yield* problem(condition, `${field}.matchConditions[${index}].expression`)
}

function* variableProblems({ programs }: CompiledVariables): FieldErrors {
  for (const [index, variable] of [...programs.values()].entries())
    yield* problem(variable, `spec.variables[${index}].expression`)
}

/** That there is none at all is told by the kind. */
function* problem(compiled: Compiled, field: string): FieldErrors {
  if ('problem' in compiled && compiled.expression.trim() !== '')
    yield invalid(field, compiled.expression, compiled.problem)
}
