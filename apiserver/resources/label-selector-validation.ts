/** Labels and label selectors: well-formed keys and values, operators with the values they take. */

import { fromLabelSelector, SelectorError, selectorMatches } from '../../api/selector.ts'
import type { LabelSelector } from '../../api/types.ts'
import { type FieldErrors, forbidden, invalid, invalidFor, required } from './field-errors.ts'
import { labelValueProblems, qualifiedNameProblems } from './name-validation.ts'

export function* validateLabels(
  labels: Record<string, string> | undefined,
  field: string,
): FieldErrors {
  for (const [key, value] of Object.entries(labels ?? {})) {
    yield* invalidFor(field, key, qualifiedNameProblems(key))
    yield* invalidFor(field, value, labelValueProblems(value))
  }
}

export function* validateLabelSelector(
  selector: LabelSelector | undefined,
  field: string,
): FieldErrors {
  yield* validateLabels(selector?.matchLabels, `${field}.matchLabels`)
  for (const [index, expression] of (selector?.matchExpressions ?? []).entries())
    yield* validateExpression(expression, `${field}.matchExpressions[${index}]`)
}

function* validateExpression(
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
  field: string,
): FieldErrors {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        yield required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        yield forbidden(
          `${field}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        )
      break
    default:
      yield invalid(`${field}.operator`, operator, 'not a valid selector operator')
  }
  yield* invalidFor(`${field}.key`, key, qualifiedNameProblems(key))
  for (const [index, value] of values.entries())
    yield* invalidFor(`${field}.values[${index}]`, value, labelValueProblems(value))
}

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 &&
  (selector.matchExpressions ?? []).length === 0

/** Whether the labels match; `undefined` when the selector is malformed. */
export function labelsMatch(
  selector: LabelSelector,
  labels: Record<string, string> | undefined,
): boolean | undefined {
  try {
    return selectorMatches(fromLabelSelector(selector) ?? [], labels)
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}
