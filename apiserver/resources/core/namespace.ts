/** Namespace: a scope for names. It goes only when its content is gone and the `kubernetes` finalizer with it. */

import type { Namespace } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { invalid, invalidFor } from '../field-errors.ts'
import { labelName, qualifiedNameProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { keep } from '../status-strategy.ts'

const nameLabel = 'kubernetes.io/metadata.name'

export const namespaces = defineResource<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Namespace',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  validateName: labelName,
  strategy: {
    generation: false,
    default(namespace) {
      const { name } = namespace.metadata
      if (name) namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: name }
    },
    prepareForCreate(namespace) {
      namespace.status = { phase: 'Active' }
      const finalizers = namespace.spec?.finalizers ?? []
      namespace.spec = {
        ...namespace.spec,
        finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'],
      }
    },
    prepareForUpdate(namespace, old) {
      keep(namespace, old, 'status')
      keep(namespace, old, 'spec')
    },
    prepareForStatusUpdate(namespace, old) {
      keep(namespace, old, 'spec')
    },
    validate: ({ spec }) => [
      ...(spec?.finalizers ?? []).flatMap((name) => [...validateFinalizer(name)]),
    ],
    validateStatusUpdate: validatePhase,
  },
  subresources: [
    { name: 'finalize', verbs: ['update'], resets: ['status'] },
    { name: 'status', verbs: ['get', 'patch', 'update'] },
  ],
  fieldSelectors: { 'status.phase': ({ status }) => status?.phase ?? '' },
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Active, or Terminating while its content is being removed.',
      cell: ({ status }) => status?.phase ?? '',
    },
    ageColumn,
  ],
})

function* validateFinalizer(name: string) {
  const field = 'spec.finalizers'
  yield* invalidFor(field, name, qualifiedNameProblems(name))
  if (!name.includes('/') && name !== 'kubernetes')
    yield invalid(
      field,
      name,
      'name is neither a standard finalizer name nor is it fully qualified',
    )
}

/** Terminating exactly while it is being deleted. */
function validatePhase({ metadata, status }: Namespace) {
  const phase = status?.phase
  if (metadata.deletionTimestamp)
    return phase === 'Terminating'
      ? []
      : [
          invalid(
            'status.Phase',
            phase ?? '',
            "may only be 'Terminating' if `deletionTimestamp` is not empty",
          ),
        ]
  return phase === 'Active'
    ? []
    : [invalid('status.Phase', phase ?? '', "may only be 'Active' if `deletionTimestamp` is empty")]
}
