/** Schemas joined by `anyOf`, `oneOf`, `allOf` and `not`: which of them a value must meet, and what is told if not. */

import type { FieldError } from '../../resources/resource.ts'
import { unfitWhole } from './finding.ts'
import type { Structural } from './structural.ts'

/** What came of trying one schema. `matches`: checks that went well, by which the best of several is told. */
export interface Attempt {
  errors: FieldError[]
  matches: number
}

type Try = (schema: Structural) => Attempt

export const hasJunctors = ({ anyOf, oneOf, allOf, not }: Structural): boolean =>
  anyOf.length > 0 || oneOf.length > 0 || allOf.length > 0 || not !== undefined

/** @returns how many checks went well */
export function checkJunctors(
  { anyOf, oneOf, allOf, not }: Structural,
  path: string,
  errors: FieldError[],
  attempt: Try,
): number {
  let matches = 1
  if (anyOf.length > 0) matches += checkAnyOf(anyOf, path, errors, attempt)
  if (oneOf.length > 0) matches += checkOneOf(oneOf, path, errors, attempt)
  if (allOf.length > 0) matches += checkAllOf(allOf, path, errors, attempt)
  if (not && attempt(not).errors.length === 0)
    errors.push(unfitWhole(path, 'must not validate the schema (not)'))
  return matches
}

function checkAnyOf(
  schemas: readonly Structural[],
  path: string,
  errors: FieldError[],
  attempt: Try,
): number {
  let best: Attempt | undefined
  for (const schema of schemas) {
    const one = attempt(schema)
    if (one.errors.length === 0) return one.matches
    if (!best || one.matches > best.matches) best = one
  }
  errors.push(unfitWhole(path, 'must validate at least one schema (anyOf)'))
  errors.push(...(best?.errors ?? []))
  return best?.matches ?? 0
}

function checkOneOf(
  schemas: readonly Structural[],
  path: string,
  errors: FieldError[],
  attempt: Try,
): number {
  let best: Attempt | undefined
  let first: Attempt | undefined
  let valid = 0
  for (const schema of schemas) {
    const one = attempt(schema)
    if (one.errors.length === 0) {
      valid++
      first ??= one
    } else if (!best || one.matches > best.matches) best = one
  }
  if (valid === 1) return first?.matches ?? 0
  const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
  errors.push(unfitWhole(path, `must validate one and only one schema (oneOf). ${found}`))
  if (valid > 0) return 0
  errors.push(...(best?.errors ?? []))
  return best?.matches ?? 0
}

function checkAllOf(
  schemas: readonly Structural[],
  path: string,
  errors: FieldError[],
  attempt: Try,
): number {
  let matches = 0
  let valid = 0
  for (const schema of schemas) {
    const one = attempt(schema)
    if (one.errors.length === 0) valid++
    errors.push(...one.errors)
    matches += one.matches
  }
  if (valid < schemas.length) {
    const none = valid === 0 ? '. None validated' : ''
    errors.push(unfitWhole(path, `must validate all the schemas (allOf)${none}`))
  }
  return matches
}
