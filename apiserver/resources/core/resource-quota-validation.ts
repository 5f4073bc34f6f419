/** Quotas: what they hold down, and which pods they count. */

import type { ResourceQuota } from '../../../api/types.ts'
import { type FieldErrors, invalid, required } from '../field-errors.ts'
import { validateQuantity } from './pod/resource-requirements-validation.ts'
import { isOfQuotas, validateResourceName } from './resource-names.ts'

type Spec = NonNullable<ResourceQuota['spec']>
type Requirement = NonNullable<NonNullable<Spec['scopeSelector']>['matchExpressions']>[number]

const ofPods = [
  'pods',
  ...['cpu', 'memory'].flatMap((name) => [name, `limits.${name}`, `requests.${name}`]),
]

/** Scopes, and what can be counted in each. */
const scopes = new Map<string, readonly string[]>([
  ['Terminating', ofPods],
  ['NotTerminating', ofPods],
  ['NotBestEffort', ofPods],
  ['BestEffort', ['pods']],
  ['PriorityClass', ofPods],
  ['CrossNamespacePodAffinity', ofPods],
  ['VolumeAttributesClass', ['persistentvolumeclaims', 'requests.storage']],
])

const conflicting = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

export function* validateQuotaSpec(spec: Spec, field: string): FieldErrors {
  yield* validateAmounts(spec.hard, `${field}.hard`)
  const names = Object.keys(spec.hard ?? {})
  const at = `${field}.scopes`
  const chosen = spec.scopes ?? []
  if (chosen.some((scope) => !scopes.has(scope))) yield invalid(at, chosen, 'unsupported scope')
  yield* validateScoped(chosen, names, chosen, at)
  yield* validateTogether(chosen, chosen, at)
  if (spec.scopeSelector)
    yield* validateScopeSelector(spec.scopeSelector, names, `${field}.scopeSelector`)
}

export function* validateAmounts(
  amounts: Record<string, string> | undefined,
  field: string,
): FieldErrors {
  for (const [name, quantity] of Object.entries(amounts ?? {})) {
    const at = `${field}[${name}]`
    yield* validateResourceName(name, at)
    if (!name.includes('/') && !isOfQuotas(name))
      yield invalid(at, name, 'must be a standard resource for quota')
    yield* validateQuantity(quantity, name, at)
  }
}

/** Told once: what it shows is all that was chosen. */
function* validateScoped(
  chosen: readonly string[],
  names: readonly string[],
  value: unknown,
  field: string,
): FieldErrors {
  const counted = names.filter(isOfQuotas)
  const canCount = (scope: string) => counted.every((name) => scopes.get(scope)?.includes(name))
  if (![...new Set(chosen)].every(canCount))
    yield invalid(field, value, 'unsupported scope applied to resource')
}

function* validateTogether(chosen: readonly string[], value: unknown, field: string): FieldErrors {
  for (const pair of conflicting)
    if (pair.every((scope) => chosen.includes(scope)))
      yield invalid(field, value, 'conflicting scopes')
}

function* validateScopeSelector(
  selector: NonNullable<Spec['scopeSelector']>,
  names: readonly string[],
  field: string,
): FieldErrors {
  const at = `${field}.matchExpressions`
  const requirements = selector.matchExpressions ?? []
  for (const requirement of requirements) {
    const { scopeName } = requirement
    if (!scopes.has(scopeName)) yield invalid(`${at}.scopeName`, scopeName, 'unsupported scope')
    yield* validateRequirement(requirement, at)
  }
  const chosen = requirements.map(({ scopeName }) => scopeName)
  yield* validateScoped(chosen, names, selector, at)
  yield* validateTogether(chosen, selector, at)
}

const withValues = new Set(['PriorityClass', 'VolumeAttributesClass'])

function* validateRequirement(
  { scopeName, operator, values = [] }: Requirement,
  field: string,
): FieldErrors {
  if (scopes.has(scopeName) && !withValues.has(scopeName) && operator !== 'Exists')
    yield invalid(
      `${field}.operator`,
      operator,
      "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
    )
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        yield required(
          `${field}.values`,
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        )
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        yield invalid(
          `${field}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        )
      break
    default:
      yield invalid(`${field}.operator`, operator, 'not a valid selector operator')
  }
}

/** Which pods it counts cannot change: what it counted would be wrong. */
export function* validateQuotaUpdate({ spec }: ResourceQuota, old: ResourceQuota): FieldErrors {
  const now = [...new Set(spec?.scopes ?? [])].sort()
  const before = [...new Set(old.spec?.scopes ?? [])].sort()
  if (now.join() !== before.join())
    yield invalid('spec.scopes', spec?.scopes ?? null, 'field is immutable')
}
