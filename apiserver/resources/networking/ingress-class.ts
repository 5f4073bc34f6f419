/** IngressClass: which controller serves the Ingresses that name it. */

import type { IngressClass } from '../../../api/types.ts'
import { ageColumn, column, markedDefault } from '../common-columns.ts'
import { validateDomainPrefixedPath } from '../domain-name-validation.ts'
import {
  type FieldErrors,
  forbidden,
  immutable,
  invalidFor,
  notSupported,
  required,
  tooLong,
} from '../field-errors.ts'
import { byteLength, labelProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { validateTypedReference } from './reference-validation.ts'

type Parameters = NonNullable<NonNullable<IngressClass['spec']>['parameters']>

const longestController = 250

export const ingressClasses = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IngressClass',
  strategy: {
    default({ spec }) {
      if (spec?.parameters) spec.parameters.scope ??= 'Cluster'
    },
    validate: (ingressClass) => [...validate(ingressClass)],
    validateUpdate: ({ spec }, old) => [
      ...immutable('spec.controller', spec?.controller, old.spec?.controller),
    ],
  },
  subresources: [],
  columns: [
    markedDefault('ingressclass.kubernetes.io/is-default-class'),
    column(
      'Controller',
      'The controller that serves the class.',
      ({ spec }) => spec?.controller ?? '',
    ),
    column('Parameters', 'The object with more parameters.', ({ spec }) =>
      parameters(spec?.parameters),
    ),
    ageColumn,
  ],
})

function parameters(given: Parameters | undefined): string {
  if (!given) return '<none>'
  const group = given.apiGroup === undefined ? '' : `.${given.apiGroup}`
  return `${given.kind}${group}/${given.name}`
}

function* validate({ spec = {} }: IngressClass): FieldErrors {
  const { controller = '' } = spec
  if (byteLength(controller) > longestController)
    yield tooLong('spec.controller', longestController)
  yield* validateDomainPrefixedPath(controller, 'spec.controller')
  if (spec.parameters) yield* validateParameters(spec.parameters, 'spec.parameters')
}

function* validateParameters(given: Parameters, field: string): FieldErrors {
  yield* validateTypedReference(given, field)
  const { scope, namespace } = given
  switch (scope) {
    case 'Namespace':
      if (namespace === undefined)
        yield required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'")
      else yield* invalidFor(`${field}.namespace`, namespace, labelProblems(namespace))
      break
    case 'Cluster':
      if (namespace !== undefined)
        yield forbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'")
      break
    default:
      yield notSupported(`${field}.scope`, scope, ['Cluster', 'Namespace'])
  }
}
