/** MutatingAdmissionPolicy: expressions by which writes are changed. */

import type { MutatingAdmissionPolicy } from '../../../api/types.ts'
import { validateMutationExpressions } from '../../admission/policies/expression-validation.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { type FieldErrors, invalid, notSupported, oneOf, required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { validateMutableOperations } from './mutable-operations.ts'
import { defaultPolicy, paramKindColumn, validatePolicy } from './policy-rules.ts'
import { reinvocationPolicies } from './webhook-rules.ts'

type Spec = NonNullable<MutatingAdmissionPolicy['spec']>
type Mutation = NonNullable<Spec['mutations']>[number]

const patchTypes = ['ApplyConfiguration', 'JSONPatch']
/** The field that holds what each of them says. */
const patchFields = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const

export const mutatingAdmissionPolicies = defineResource<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  strategy: {
    unconditionalUpdate: false,
    default: defaultPolicy,
    validate: ({ spec = {} }) => [
      ...validatePolicy(spec),
      ...validate(spec),
      ...validateMutationExpressions(spec),
    ],
  },
  subresources: [],
  columns: [
    nameColumn,
    column(
      'Mutations',
      'How many changes it makes.',
      ({ spec }) => (spec?.mutations ?? []).length,
      {
        type: 'integer',
      },
    ),
    paramKindColumn,
    ageColumn,
  ],
})

function* validate({ matchConstraints, mutations = [], reinvocationPolicy }: Spec): FieldErrors {
  yield* validateMutableOperations(
    matchConstraints?.resourceRules,
    'spec.matchConstraints.resourceRules.operations',
  )
  if (mutations.length === 0)
    yield required('spec.mutations', 'mutations must contain at least one item')
  for (const [index, mutation] of mutations.entries())
    yield* validateMutation(mutation, `spec.mutations[${index}]`)
  if (!reinvocationPolicy) yield required('spec.reinvocationPolicy')
  else yield* oneOf('spec.reinvocationPolicy', reinvocationPolicy, reinvocationPolicies)
}

function* validateMutation(mutation: Mutation, field: string): FieldErrors {
  const { patchType } = mutation
  if (!patchType) return yield required(`${field}.patchType`)
  if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch')
    return yield notSupported(`${field}.patchType`, patchType, patchTypes)
  const own = patchFields[patchType]
  const other = own === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch'
  const patch = mutation[own]
  if (!patch) yield required(`${field}.${own}`, `must be specified when patchType is ${patchType}`)
  else if ((patch.expression ?? '').trim() === '') yield required(`${field}.${own}.expression`)
  if (mutation[other])
    yield invalid(
      `${field}.${other}`,
      `{${other}}`,
      `must not be specified when patchType is ${patchType}`,
    )
}
