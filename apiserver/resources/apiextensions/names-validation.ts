/** The names that a CustomResourceDefinition asks for, and those that it was given. */

import type { DefinitionNames } from '../../schema/structural/definition.ts'
import { type FieldErrors, invalid } from '../field-errors.ts'
import { label1035Problems } from '../name-validation.ts'

/** Names that are absent are not asked for here. */
export function* validateNames(names: DefinitionNames, field: string): FieldErrors {
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names
  yield* validateLabel(plural, `${field}.plural`)
  yield* validateLabel(singular, `${field}.singular`)
  yield* validateKind(kind, `${field}.kind`)
  yield* validateKind(listKind, `${field}.listKind`)
  for (const [at, name] of shortNames.entries())
    yield* validateLabel(name, `${field}.shortNames[${at}]`, true)
  if (kind && kind === listKind)
    yield invalid(`${field}.listKind`, listKind, 'kind and listKind may not be the same')
  for (const [at, name] of categories.entries())
    yield* validateLabel(name, `${field}.categories[${at}]`, true)
}

function* validateLabel(name: string | undefined, field: string, always = false): FieldErrors {
  if (!name && !always) return
  const problems = label1035Problems(name ?? '')
  if (problems.length > 0) yield invalid(field, name, problems.join(','))
}

function* validateKind(kind: string | undefined, field: string): FieldErrors {
  if (!kind) return
  const problems = label1035Problems(kind.toLowerCase())
  if (problems.length > 0)
    yield invalid(
      field,
      kind,
      `may have mixed case, but should otherwise match: ${problems.join(',')}`,
    )
}
