/** ValidatingAdmissionPolicy: expressions by which writes are refused, warned about or noted. */

import type { ValidatingAdmissionPolicy } from '../../../api/types.ts'
import { validatePolicyExpressions } from '../../admission/policies/expression-validation.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { bareStatusSubresource } from '../common-subresources.ts'
import { validateConditions } from '../condition-validation.ts'
import {
  duplicate,
  type FieldErrors,
  invalid,
  invalidFor,
  oneOf,
  required,
} from '../field-errors.ts'
import { byteLength, qualifiedNameProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { bareStatusStrategy } from '../status-strategy.ts'
import { defaultPolicy, paramKindColumn, validatePolicy } from './policy-rules.ts'

type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>
type Validation = NonNullable<Spec['validations']>[number]
type Annotation = NonNullable<Spec['auditAnnotations']>[number]

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']
const mostAnnotations = 20
const longestAnnotation = 5 * 1024

export const validatingAdmissionPolicies = defineResource<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  strategy: {
    ...bareStatusStrategy<ValidatingAdmissionPolicy>(() => ({})),
    unconditionalUpdate: false,
    generation: ({ spec }, old) => !semanticallyEqual(spec, old.spec),
    default: defaultPolicy,
    validate: (policy) => [
      ...validatePolicy(policy.spec ?? {}),
      ...validate(policy),
      ...validatePolicyExpressions(policy.spec ?? {}),
    ],
    validateStatusUpdate: (policy) => [...validateStatus(policy)],
  },
  subresources: [bareStatusSubresource],
  columns: [
    nameColumn,
    column(
      'Validations',
      'How many rules it has.',
      ({ spec }) => (spec?.validations ?? []).length,
      {
        type: 'integer',
      },
    ),
    paramKindColumn,
    ageColumn,
  ],
})

function* validate({ metadata, spec }: ValidatingAdmissionPolicy): FieldErrors {
  const { validations = [], auditAnnotations = [] } = spec ?? {}
  if (validations.length === 0 && auditAnnotations.length === 0)
    for (const field of ['validations', 'auditAnnotations'])
      yield required(
        `spec.${field}`,
        'validations or auditAnnotations must contain at least one item',
      )
  for (const [index, validation] of validations.entries())
    yield* validateValidation(validation, `spec.validations[${index}]`)
  if (auditAnnotations.length > mostAnnotations)
    yield invalid(
      'spec.auditAnnotations',
      auditAnnotations,
      `must not have more than ${mostAnnotations} auditAnnotations`,
    )
  const keys = new Set<string>()
  for (const [index, annotation] of auditAnnotations.entries()) {
    const field = `spec.auditAnnotations[${index}]`
    yield* validateAnnotation(annotation, metadata.name ?? '', field)
    if (keys.has(annotation.key)) yield duplicate(`${field}.key`, annotation.key)
    keys.add(annotation.key)
  }
}

function* validateValidation(validation: Validation, field: string): FieldErrors {
  const { expression = '', message = '', messageExpression = '', reason } = validation
  if (expression.trim() === '') yield required(`${field}.expression`, 'expression is not specified')
  if (messageExpression !== '' && messageExpression.trim() === '')
    yield invalid(`${field}.messageExpression`, messageExpression, 'must be non-empty if specified')
  if (message !== '' && message.trim() === '')
    yield invalid(`${field}.message`, message, 'must be non-empty if specified')
  else if (/[\n\r]/.test(message.trim()))
    yield invalid(`${field}.message`, message, 'must not contain line breaks')
  yield* oneOf(`${field}.reason`, reason, reasons)
}

function* validateAnnotation(
  { key = '', valueExpression = '' }: Annotation,
  policy: string,
  field: string,
): FieldErrors {
  const full = `${policy}/${key}`
  if (policy === '') yield invalid(`${field}.key`, key, 'requires metadata.name be non-empty')
  else yield* invalidFor(`${field}.key`, full, qualifiedNameProblems(full))
  const expression = valueExpression.trim()
  if (expression === '')
    yield required(`${field}.valueExpression`, 'valueExpression is not specified')
  else if (byteLength(expression) > longestAnnotation)
    yield required(
      `${field}.valueExpression`,
      `must not exceed ${longestAnnotation} bytes in length`,
    )
}

function* validateStatus({ status }: ValidatingAdmissionPolicy): FieldErrors {
  for (const [index, { warning, fieldRef = '' }] of (
    status?.typeChecking?.expressionWarnings ?? []
  ).entries()) {
    const field = `status.typeChecking.expressionWarnings[${index}]`
    if (!warning) yield required(`${field}.warning`)
    if (fieldRef.trim() === '') yield required(`${field}.fieldRef`)
  }
  yield* validateConditions(status?.conditions, 'status.conditions')
}
