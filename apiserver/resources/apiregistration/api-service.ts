/** APIService: a group and version of the API, served here or by a Service. */

import type { APIService } from '../../../api/types.ts'
import { formatTime } from '../../schema/scalars.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { bareStatusSubresource } from '../common-subresources.ts'
import { type FieldErrors, invalid, invalidFor, notSupported, required } from '../field-errors.ts'
import { label1035Problems, pathSegmentProblems, subdomainProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { bareStatusStrategy } from '../status-strategy.ts'

type Spec = NonNullable<APIService['spec']>

const statuses = ['True', 'False', 'Unknown']

export const apiServices = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  validateName: pathSegmentProblems,
  strategy: {
    ...bareStatusStrategy<APIService>(() => ({})),
    generation: false,
    unconditionalUpdate: false,
    default({ spec }) {
      if (spec?.service) spec.service.port ??= 443
    },
    prepareForCreate(service, { clock }) {
      const now = formatTime(Math.floor(clock.now() / 1000))
      service.status = service.spec?.service ? {} : { conditions: [alwaysThere(now)] }
    },
    validate: (service) => [...validate(service)],
    validateStatusUpdate: (service) => [...validateStatus(service)],
  },
  subresources: [bareStatusSubresource],
  columns: [
    nameColumn,
    column('Service', 'The Service that serves it.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
    ),
    column('Available', 'Whether it can be asked.', available),
    ageColumn,
  ],
})

const alwaysThere = (now: string | undefined) => ({
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
  ...(now !== undefined && { lastTransitionTime: now }),
})

function available({ status }: APIService): string {
  const condition = (status?.conditions ?? []).find(({ type }) => type === 'Available')
  if (!condition) return 'Unknown'
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`
}

function* validate({ metadata, spec }: APIService): FieldErrors {
  const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec ?? ({} as Spec)
  const name = `${version}.${group}`
  if (metadata.name !== name && pathSegmentProblems(metadata.name ?? '', false).length === 0)
    yield invalid(
      'metadata.name',
      metadata.name,
      `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`,
    )
  if (group === '' && version !== 'v1')
    yield required('spec.group', 'only v1 may have an empty group and it better be legacy kube')
  if (group !== '') yield* invalidFor('spec.group', group, subdomainProblems(group))
  yield* invalidFor('spec.version', version, label1035Problems(version))
  yield* validatePriority('spec.groupPriorityMinimum', groupPriorityMinimum ?? 0, 20_000)
  yield* validatePriority('spec.versionPriority', versionPriority ?? 0, 1000)
  yield* validateBackend(spec ?? ({} as Spec))
}

function* validatePriority(field: string, priority: number, most: number): FieldErrors {
  if (priority <= 0 || priority > most)
    yield invalid(field, priority, `must be positive and less than ${most}`)
}

function* validateBackend({ service, caBundle = '', insecureSkipTLSVerify }: Spec): FieldErrors {
  const insecure = 'spec.insecureSkipTLSVerify'
  if (!service) {
    if (caBundle !== '')
      yield invalid(
        'spec.caBundle',
        `${Buffer.byteLength(caBundle, 'base64')} bytes`,
        'local APIServices may not have a caBundle',
      )
    if (insecureSkipTLSVerify)
      yield invalid(insecure, true, 'local APIServices may not have insecureSkipTLSVerify')
    return
  }
  if (!service.namespace) yield required('spec.service.namespace')
  if (!service.name) yield required('spec.service.name')
  if (insecureSkipTLSVerify && caBundle !== '')
    yield invalid(insecure, true, 'may not be true if caBundle is present')
}

function* validateStatus({ status }: APIService): FieldErrors {
  for (const [index, condition] of (status?.conditions ?? []).entries())
    if (!statuses.includes(condition.status))
      yield notSupported(`status.conditions[${index}].status`, condition.status, statuses)
}
