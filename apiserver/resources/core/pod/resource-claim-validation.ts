/** Devices that a pod claims as a whole, and which of its containers get them. */

import type { Container, PodSpec } from '../../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  invalid,
  invalidFor,
  notFound,
  required,
} from '../../field-errors.ts'
import { labelProblems, subdomainProblems } from '../../name-validation.ts'

type Claim = NonNullable<PodSpec['resourceClaims']>[number]

/** @param podName once it has one: claims that are made for the pod are named after it. */
export function* validatePodClaims(
  claims: Claim[] | undefined,
  podName: string | undefined,
  field: string,
): FieldErrors {
  const names = new Set<string>()
  for (const [index, claim] of (claims ?? []).entries()) {
    const at = `${field}[${index}]`
    const { name } = claim
    if (!name) yield required(`${at}.name`)
    else if (names.has(name)) yield duplicate(`${at}.name`, name)
    else yield* validateName(claim, podName, `${at}.name`)
    names.add(name)
    yield* validateReference(claim, at)
  }
}

function* validateName(
  { name, resourceClaimTemplateName }: Claim,
  podName: string | undefined,
  field: string,
): FieldErrors {
  const problems = labelProblems(name)
  yield* invalidFor(field, name, problems)
  if (problems.length > 0 || !podName || resourceClaimTemplateName === undefined) return
  const made = `${podName}-${name}`
  for (const problem of subdomainProblems(made))
    yield invalid(field, made, `final ResourceClaim name: ${problem}`)
}

function* validateReference(claim: Claim, field: string): FieldErrors {
  const { resourceClaimName, resourceClaimTemplateName } = claim
  if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
    yield invalid(
      field,
      claim,
      'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
    )
  if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
    yield invalid(
      field,
      claim,
      'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
    )
  for (const [name, value] of Object.entries({ resourceClaimName, resourceClaimTemplateName }))
    if (value !== undefined) yield* invalidFor(`${field}.${name}`, value, subdomainProblems(value))
}

/** What a container claims is a claim of its pod; the same one twice only for different requests in it. */
export function* validateContainerClaims(
  { resources }: Container,
  podClaims: Claim[] | undefined,
  field: string,
): FieldErrors {
  const known = (podClaims ?? []).map(({ name }) => name).sort()
  const seen = new Set<string>()
  for (const [index, { name, request = '' }] of (resources?.claims ?? []).entries()) {
    const at = `${field}[${index}]`
    if (!name) {
      yield required(at)
      continue
    }
    const key = `${name}/${request}`
    if (seen.has(key) || (request !== '' && seen.has(`${name}/`))) yield duplicate(at, name)
    seen.add(key)
    if (known.includes(name)) continue
    const error = notFound(at, name)
    const choice = known.length === 0 ? ' which is empty' : ` (${known.join(', ')})`
    yield {
      ...error,
      message: `${error.message}: must be one of the names in pod.spec.resourceClaims${choice}`,
    }
  }
}
