/** References to objects of any kind, by group, kind or resource, and name. */

import { type FieldErrors, invalidFor, required } from '../field-errors.ts'
import { pathSegmentProblems, subdomainProblems } from '../name-validation.ts'

interface TypedReference {
  apiGroup?: string
  kind?: string
  name?: string
}

export function* validateTypedReference(
  { apiGroup, kind, name }: TypedReference,
  field: string,
): FieldErrors {
  if (apiGroup !== undefined)
    yield* invalidFor(`${field}.apiGroup`, apiGroup, subdomainProblems(apiGroup))
  yield* validateSegment(kind, `${field}.kind`)
  yield* validateSegment(name, `${field}.name`)
}

/** There, and fit to stand in a path. */
export function* validateSegment(text: string | undefined, field: string): FieldErrors {
  if (text) yield* invalidFor(field, text, pathSegmentProblems(text, false))
  else yield required(field)
}
