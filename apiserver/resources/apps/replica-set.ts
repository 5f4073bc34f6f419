/** ReplicaSet: so many pods of one template, at any time. */

import type { ReplicaSet } from '../../../api/types.ts'
import {
  ageColumn,
  nameColumn,
  replicaColumns,
  selectorColumn,
  templateColumns,
} from '../common-columns.ts'
import { replicaScale, scaleSubresource, statusSubresource } from '../common-subresources.ts'
import { defaultPodSpec } from '../core/pod/pod-template-defaults.ts'
import { validateSelectedTemplate } from '../core/pod/pod-template-validation.ts'
import { workloadWarnings } from '../core/pod/pod-warnings.ts'
import { immutable, nonNegative, required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import { validateReplicaCounts } from './replica-counts-validation.ts'

export const replicaSets = defineResource<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  strategy: {
    ...statusStrategy<ReplicaSet>(() => ({ replicas: 0 })),
    default({ spec }) {
      if (!spec) return
      spec.replicas ??= 1
      if (spec.template?.spec) defaultPodSpec(spec.template.spec)
    },
    validate({ spec }) {
      if (!spec) return [required('spec')]
      return [
        ...nonNegative('spec.replicas', spec.replicas),
        ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
        ...validateSelectedTemplate(spec, 'spec', { pods: 'ReplicaSet', selector: 'deployment' }),
      ]
    },
    validateUpdate: ({ spec }, old) => [
      ...immutable('spec.selector', spec?.selector, old.spec?.selector),
    ],
    warnings: (set, old) => workloadWarnings(set, old, set.spec?.template),
    validateStatusUpdate: ({ status }) => [
      ...validateReplicaCounts(status ?? {}, [
        'fullyLabeledReplicas',
        'readyReplicas',
        'availableReplicas',
      ]),
    ],
  },
  subresources: [scaleSubresource, statusSubresource],
  fieldSelectors: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  scale: replicaScale(),
  columns: [nameColumn, ...replicaColumns, ageColumn, ...templateColumns, selectorColumn],
})
