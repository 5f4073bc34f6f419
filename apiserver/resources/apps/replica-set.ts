/** ReplicaSet: so many pods of one template, at any time. */

import type { ReplicaSet } from '../../../api/types.ts'
import {
  ageColumn,
  formatLabelSelector,
  nameColumn,
  selectorText,
  templateColumns,
} from '../common-columns.ts'
import { defaultPodSpec } from '../core/pod/pod-template-defaults.ts'
import { validateSelectedTemplate } from '../core/pod/pod-template-validation.ts'
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
        ...validateSelectedTemplate(spec, 'spec', 'ReplicaSet'),
      ]
    },
    validateUpdate: ({ spec }, old) => [
      ...immutable('spec.selector', spec?.selector, old.spec?.selector),
    ],
    validateStatusUpdate: ({ status }) => [
      ...validateReplicaCounts(status ?? {}, [
        'fullyLabeledReplicas',
        'readyReplicas',
        'availableReplicas',
      ]),
    ],
  },
  subresources: [
    {
      name: 'scale',
      verbs: ['get', 'patch', 'update'],
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    },
    { name: 'status', verbs: ['get', 'patch', 'update'] },
  ],
  fieldSelectors: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  scale: {
    read: ({ spec, status }) => ({
      replicas: spec?.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      selector: selectorText(spec?.selector),
    }),
    write(replicaSet, replicas) {
      if (replicaSet.spec) replicaSet.spec.replicas = replicas
    },
  },
  columns: [
    nameColumn,
    {
      name: 'Desired',
      type: 'integer',
      description: 'How many pods are wanted.',
      cell: ({ spec }) => spec?.replicas ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description: 'How many pods there are.',
      cell: ({ status }) => status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'How many pods are ready.',
      cell: ({ status }) => status?.readyReplicas ?? 0,
    },
    ageColumn,
    ...templateColumns,
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'The labels of its pods.',
      cell: ({ spec }) => formatLabelSelector(spec?.selector),
    },
  ],
})
