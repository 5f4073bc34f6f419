/** Conditions that must hold of a device before pods are bound to its node, and those that end the wait. */

import { type FieldErrors, invalid, invalidFor } from '../field-errors.ts'
import { qualifiedNameProblems } from '../name-validation.ts'
import { validateSet } from './bounded-list-validation.ts'

const most = 4

interface Conditional {
  bindingConditions?: string[]
  bindingFailureConditions?: string[]
}

export function* validateBindingConditions(
  { bindingConditions = [], bindingFailureConditions = [] }: Conditional,
  field: string,
): FieldErrors {
  const [good, bad] = [`${field}.bindingConditions`, `${field}.bindingFailureConditions`]
  yield* validateNames(bindingConditions, good)
  yield* validateNames(bindingFailureConditions, bad)
  const needed = new Set(bindingConditions)
  for (const [index, condition] of bindingFailureConditions.entries())
    if (needed.has(condition))
      yield invalid(
        `${bad}[${index}]`,
        condition,
        'bindingFailureConditions must not overlap with bindingConditions',
      )
  if (bindingConditions.length === 0 && bindingFailureConditions.length > 0)
    yield invalid(
      good,
      bindingConditions,
      'bindingConditions are required to use bindingFailureConditions',
    )
  if (bindingFailureConditions.length === 0 && bindingConditions.length > 0)
    yield invalid(
      bad,
      bindingFailureConditions,
      'bindingFailureConditions are required to use bindingConditions',
    )
}

function* validateNames(names: string[], field: string): FieldErrors {
  yield* validateSet(
    names,
    most,
    field,
    (name, own) => invalidFor(own, name, qualifiedNameProblems(name)),
    (name) => name,
  )
}
