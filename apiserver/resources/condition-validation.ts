/** The conditions of a status, as `metav1.Condition` has them; kinds with conditions of their own form ask other things. */

import {
  duplicate,
  type FieldErrors,
  invalid,
  invalidFor,
  notSupported,
  required,
  tooLong,
} from './field-errors.ts'
import { formText, qualifiedNameProblems } from './name-validation.ts'

export interface Condition {
  type?: string
  status?: string
  observedGeneration?: number
  lastTransitionTime?: string
  reason?: string
  message?: string
}

const statuses = ['False', 'True', 'Unknown']
const reasonForm = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const reasonPattern = new RegExp(`^${reasonForm}$`)
const longestReason = 1024
const longestMessage = 32 * 1024

/** Each of its own type. */
export function* validateConditions(
  conditions: readonly Condition[] | undefined,
  field: string,
): FieldErrors {
  const types = new Set<string>()
  for (const [index, condition] of (conditions ?? []).entries()) {
    const type = condition.type ?? ''
    if (types.has(type)) yield duplicate(`${field}[${index}].type`, type)
    types.add(type)
    yield* validateCondition(condition, `${field}[${index}]`)
  }
}

function* validateCondition(condition: Condition, field: string): FieldErrors {
  const { type = '', status = '', reason = '', message = '' } = condition
  yield* invalidFor(`${field}.type`, type, qualifiedNameProblems(type))
  if (!statuses.includes(status)) yield notSupported(`${field}.status`, status, statuses)
  if ((condition.observedGeneration ?? 0) < 0)
    yield invalid(
      `${field}.observedGeneration`,
      condition.observedGeneration,
      'must be greater than or equal to zero',
    )
  if (!condition.lastTransitionTime) yield required(`${field}.lastTransitionTime`, 'must be set')
  yield* validateReason(reason, `${field}.reason`)
  if (Buffer.byteLength(message) > longestMessage) yield tooLong(`${field}.message`, longestMessage)
}

function* validateReason(reason: string, field: string): FieldErrors {
  if (reason === '') return yield required(field, 'must be set')
  if (!reasonPattern.test(reason))
    yield invalid(
      field,
      reason,
      formText(
        "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
        reasonForm,
        'my_name',
        'MY_NAME',
        'MyName',
        'ReasonA,ReasonB',
        'ReasonA:ReasonB',
      ),
    )
  if (Buffer.byteLength(reason) > longestReason) yield tooLong(field, longestReason)
}
