/**
 * What policies of both sorts and their bindings share: what they are about, and by what they are parameterised. What
 * their expressions say is not read here.
 */

import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../api/types.ts'
import { ageColumn, column, nameColumn, selectorText } from '../common-columns.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required,
} from '../field-errors.ts'
import { validateLabelSelector } from '../label-selector-validation.ts'
import { label1035Problems, pathSegmentProblems, subdomainProblems } from '../name-validation.ts'
import type { Column } from '../resource.ts'
import { validateMatchConditions } from './match-condition-validation.ts'
import { defaultRules, validateRules } from './rule-validation.ts'
import { failurePolicies, matchPolicies } from './webhook-rules.ts'

type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy
type Binding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding
type Spec = NonNullable<Policy['spec']>
type MatchResources = NonNullable<Spec['matchConstraints']>
type ParamKind = NonNullable<Spec['paramKind']>
type ParamRef = NonNullable<NonNullable<Binding['spec']>['paramRef']>
type Variable = NonNullable<Spec['variables']>[number]

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
const notFoundActions = ['Deny', 'Allow']

/** Changes the policy; idempotent. */
export function defaultPolicy({ spec }: Policy): void {
  if (!spec) return
  spec.failurePolicy ??= 'Fail'
  defaultMatchResources(spec.matchConstraints)
}

/** Changes the binding; idempotent. */
export function defaultPolicyBinding({ spec }: Binding): void {
  defaultMatchResources(spec?.matchResources)
}

function defaultMatchResources(resources: MatchResources | undefined): void {
  if (!resources) return
  resources.matchPolicy ??= 'Equivalent'
  resources.namespaceSelector ??= {}
  resources.objectSelector ??= {}
  defaultRules(resources.resourceRules)
  defaultRules(resources.excludeResourceRules)
}

/** All that both sorts of policies have. */
export function* validatePolicy(spec: Spec): FieldErrors {
  if (!spec.failurePolicy) yield required('spec.failurePolicy')
  else yield* oneOf('spec.failurePolicy', spec.failurePolicy, failurePolicies)
  if (spec.paramKind) yield* validateParamKind(spec.paramKind, 'spec.paramKind')
  if (!spec.matchConstraints) yield required('spec.matchConstraints')
  else {
    yield* validateMatchResources(spec.matchConstraints, 'spec.matchConstraints')
    if ((spec.matchConstraints.resourceRules ?? []).length === 0)
      yield required('spec.matchConstraints.resourceRules')
  }
  yield* validateMatchConditions(spec.matchConditions, 'spec.matchConditions')
  for (const [index, variable] of (spec.variables ?? []).entries())
    yield* validateVariable(variable, `spec.variables[${index}]`)
}

function* validateVariable({ name = '', expression = '' }: Variable, field: string): FieldErrors {
  if (name.trim() === '') yield required(`${field}.name`, 'name is not specified')
  else if (!identifier.test(name) || reserved.has(name))
    yield invalid(`${field}.name`, name, 'must be a valid CEL identifier')
  if (expression.trim() === '') yield required(`${field}.expression`, 'expression is not specified')
}

function* validateParamKind({ apiVersion = '', kind = '' }: ParamKind, field: string): FieldErrors {
  yield* validateApiVersion(apiVersion, `${field}.apiVersion`)
  const problems = label1035Problems(kind.toLowerCase())
  if (kind === '') yield required(`${field}.kind`)
  else if (problems.length > 0)
    yield invalid(
      `${field}.kind`,
      kind,
      `may have mixed case, but should otherwise match: ${problems.join(',')}`,
    )
}

function* validateApiVersion(apiVersion: string, field: string): FieldErrors {
  if (apiVersion === '') return yield required(field)
  const parts = apiVersion === '/' ? ['', ''] : apiVersion.split('/')
  if (parts.length > 2)
    return yield invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)
  const [group, version] = parts.length === 1 ? ['', parts[0] ?? ''] : [parts[0], parts[1] ?? '']
  const groupProblems = group ? subdomainProblems(group) : []
  if (groupProblems.length > 0) yield invalid(field, group, groupProblems.join(','))
  if (version === '') return yield invalid(field, apiVersion, 'version must be specified')
  const problems = label1035Problems(version)
  if (problems.length > 0) yield invalid(field, version, problems.join(','))
}

function* validateMatchResources(resources: MatchResources, field: string): FieldErrors {
  const { matchPolicy, namespaceSelector, objectSelector } = resources
  if (!matchPolicy) yield required(`${field}.matchPolicy`)
  else yield* oneOf(`${field}.matchPolicy`, matchPolicy, matchPolicies)
  if (namespaceSelector)
    yield* validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`)
  else yield required(`${field}.namespaceSelector`)
  if (objectSelector) yield* validateLabelSelector(objectSelector, `${field}.objectSelector`)
  else yield required(`${field}.objectSelector`)
  yield* validateRules(resources.resourceRules, `${field}.resourceRules`)
  yield* validateRules(resources.excludeResourceRules, `${field}.excludeResourceRules`)
}

/** @param matchField the field as errors name it. */
export function* validatePolicyBinding({ spec }: Binding, matchField: string): FieldErrors {
  const policyName = spec?.policyName
  if (!policyName) yield required('spec.policyName')
  else yield* invalidFor('spec.policyName', policyName, subdomainProblems(policyName))
  if (spec?.paramRef) yield* validateParamRef(spec.paramRef, 'spec.paramRef')
  if (spec?.matchResources) yield* validateMatchResources(spec.matchResources, matchField)
}

function* validateParamRef(ref: ParamRef, field: string): FieldErrors {
  const { name = '', selector, parameterNotFoundAction: action } = ref
  const exclusive = 'name and selector are mutually exclusive'
  if (name !== '') {
    yield* invalidFor(`${field}.name`, name, pathSegmentProblems(name, false))
    if (selector) yield forbidden(`${field}.name`, exclusive)
  }
  if (selector) {
    yield* validateLabelSelector(selector, `${field}.selector`)
    if (name !== '') yield forbidden(`${field}.selector`, exclusive)
  }
  if (name === '' && !selector) yield required(field, 'one of name or selector must be specified')
  if (!action) yield required(`${field}.parameterNotFoundAction`)
  else if (!notFoundActions.includes(action))
    yield notSupported(`${field}.parameterNotFoundAction`, action, notFoundActions)
}

export const paramKindColumn: Column<Policy> = column(
  'ParamKind',
  'The kind of its parameters.',
  ({ spec }) =>
    spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>',
)

function parameters({ spec }: Binding): string {
  const { name, namespace, selector } = spec?.paramRef ?? {}
  if (name) return `${namespace || '*'}/${name}`
  return selector ? selectorText(selector) : '<unset>'
}

export const policyBindingColumns: Column<Binding>[] = [
  nameColumn,
  column('PolicyName', 'The policy that is bound.', ({ spec }) => spec?.policyName ?? ''),
  column('ParamRef', 'Its parameters.', parameters),
  ageColumn,
]
