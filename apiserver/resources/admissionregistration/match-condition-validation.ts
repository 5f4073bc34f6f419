/** Conditions that narrow down what a webhook or a policy is asked about; the expressions are not read here. */

import { duplicate, type FieldErrors, invalidFor, required, tooMany } from '../field-errors.ts'
import { qualifiedNameProblems } from '../name-validation.ts'

interface MatchCondition {
  name?: string
  expression?: string
}

const most = 64

export function* validateMatchConditions(
  conditions: MatchCondition[] | undefined,
  field: string,
): FieldErrors {
  const all = conditions ?? []
  if (all.length > most) yield tooMany(field, all.length, most)
  const names = new Set<string>()
  for (const [index, { name, expression = '' }] of all.entries()) {
    const own = `${field}[${index}]`
    if (expression.trim() === '') yield required(`${own}.expression`)
    if (!name) {
      yield required(`${own}.name`)
      continue
    }
    yield* invalidFor(`${own}.name`, name, qualifiedNameProblems(name))
    if (names.has(name)) yield duplicate(`${own}.name`, name)
    names.add(name)
  }
}
