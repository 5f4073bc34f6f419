/** What a claim means when it does not say, and what it must not say: which devices, how many, which together. */

import type { ResourceClaim } from '../../../api/types.ts'
import { type FieldErrors, invalid, invalidFor, notSupported, required } from '../field-errors.ts'
import { subdomainProblems } from '../name-validation.ts'
import { validateList, validateSet } from './bounded-list-validation.ts'
import { validateFullAttributeName, validateLabelName } from './device-name-validation.ts'
import {
  type Toleration,
  validateConfiguration,
  validateSelectors,
  validateTolerations,
} from './device-selection-validation.ts'

type Spec = NonNullable<ResourceClaim['spec']>
type Claim = NonNullable<Spec['devices']>
type Request = NonNullable<Claim['requests']>[number]
type Constraint = NonNullable<Claim['constraints']>[number]
type Amount = Pick<NonNullable<Request['exactly']>, 'allocationMode' | 'count'>
type Exact = NonNullable<Request['exactly']>

const most = 32
const mostAlternatives = 8
const oneKind = 'exactly one of `exactly` or `firstAvailable` is required'
const notARequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

/** Changes the spec; idempotent. */
export function defaultDeviceClaim(spec: Spec | undefined): void {
  for (const { exactly, firstAvailable } of spec?.devices?.requests ?? [])
    for (const amount of [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])])
      defaultAmount(amount)
}

function defaultAmount(amount: Amount): void {
  amount.allocationMode ||= 'ExactCount'
  if (amount.allocationMode === 'ExactCount') amount.count ||= 1
}

export function* validateDeviceClaim(spec: Spec | undefined, field: string): FieldErrors {
  const { requests, constraints, config } = spec?.devices ?? {}
  const names = requestNames(spec)
  yield* validateSet(requests, most, `${field}.requests`, validateRequest, ({ name }) => name)
  yield* validateList(constraints, most, `${field}.constraints`, (constraint, own) =>
    validateConstraint(constraint, own, names),
  )
  yield* validateList(config, most, `${field}.config`, function* (configuration, own) {
    yield* validateRequestNames(configuration.requests, `${own}.requests`, names)
    yield* validateConfiguration(configuration, own)
  })
}

/** Of requests, and of their alternatives: `gpu`, `gpu/large`. */
export function requestNames(spec: Spec | undefined): ReadonlySet<string> {
  return new Set(
    (spec?.devices?.requests ?? []).flatMap(({ name, firstAvailable }) => [
      name,
      ...(firstAvailable ?? []).map((alternative) => `${name}/${alternative.name}`),
    ]),
  )
}

function* validateRequest(request: Request, field: string): FieldErrors {
  const { name, exactly, firstAvailable = [] } = request
  yield* validateLabelName(name, `${field}.name`)
  if (exactly && firstAvailable.length > 0)
    yield invalid(field, null, `${oneKind}, but multiple fields are set`)
  else if (exactly) yield* validateWanted(exactly, `${field}.exactly`)
  else if (firstAvailable.length === 0) yield required(field, oneKind)
  else
    yield* validateSet(
      firstAvailable,
      mostAlternatives,
      `${field}.firstAvailable`,
      function* (alternative, own) {
        yield* validateLabelName(alternative.name, `${own}.name`)
        yield* validateWanted(alternative, own)
      },
      (alternative) => alternative.name,
    )
}

interface Wanted extends Amount, Pick<Exact, 'deviceClassName' | 'selectors'> {
  tolerations?: Toleration[]
}

function* validateWanted(wanted: Wanted, field: string): FieldErrors {
  const { deviceClassName: name, selectors, tolerations } = wanted
  if (!name) yield required(`${field}.deviceClassName`)
  else yield* invalidFor(`${field}.deviceClassName`, name, subdomainProblems(name))
  yield* validateSelectors(selectors, `${field}.selectors`)
  yield* validateAmount(wanted, field)
  yield* validateTolerations(tolerations, `${field}.tolerations`)
}

function* validateAmount({ allocationMode, count = 0 }: Amount, field: string): FieldErrors {
  switch (allocationMode) {
    case 'All':
      if (count !== 0)
        yield invalid(
          `${field}.count`,
          count,
          `must not be specified when allocationMode is '${allocationMode}'`,
        )
      break
    case 'ExactCount':
      if (count <= 0) yield invalid(`${field}.count`, count, 'must be greater than zero')
      break
    default:
      yield notSupported(`${field}.allocationMode`, allocationMode, ['All', 'ExactCount'])
  }
}

function* validateConstraint(
  { requests, matchAttribute, distinctAttribute }: Constraint,
  field: string,
  names: ReadonlySet<string>,
): FieldErrors {
  yield* validateRequestNames(requests, `${field}.requests`, names)
  if (matchAttribute !== undefined)
    yield* validateFullAttributeName(matchAttribute, `${field}.matchAttribute`)
  else if (distinctAttribute !== undefined)
    yield* validateFullAttributeName(distinctAttribute, `${field}.distinctAttribute`)
  else
    yield required(
      field,
      'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
    )
}

export const validateRequestNames = (
  given: string[] | undefined,
  field: string,
  names: ReadonlySet<string>,
): FieldErrors =>
  validateSet(
    given,
    most,
    field,
    (name, own) => validateRequestName(name, own, names),
    (name) => name,
  )

export function* validateRequestName(
  name: string,
  field: string,
  names: ReadonlySet<string>,
): FieldErrors {
  const segments = name.split('/')
  if (segments.length > 2) return yield invalid(field, name, notARequest)
  for (const segment of segments) yield* validateLabelName(segment, field)
  if (!names.has(name)) yield invalid(field, name, notARequest)
}
