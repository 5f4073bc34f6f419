/** Deployment: replicas of one pod template, and how to change them to another one little by little. */

import { isDeepStrictEqual } from 'node:util'
import type { Deployment } from '../../api/types.ts'
import { ageColumn, formatLabelSelector, nameColumn, templateColumns } from './common-columns.ts'
import { defineResource } from './resource.ts'
import { keep, statusStrategy } from './status-strategy.ts'

export const deployments = defineResource<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.Deployment',
  strategy: {
    ...statusStrategy<Deployment>(() => ({})),
    prepareForStatusUpdate(deployment, old) {
      keep(deployment, old, 'spec')
      keep(deployment.metadata, old.metadata, 'labels')
    },
    // Annotations count as well: the controller copies them to ReplicaSets.
    generation: (deployment, old) =>
      !isDeepStrictEqual(deployment.spec, old.spec) ||
      !isDeepStrictEqual(deployment.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
  },
  subresources: [
    {
      name: 'scale',
      verbs: ['get', 'patch', 'update'],
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    },
    { name: 'status', verbs: ['get', 'patch', 'update'] },
  ],
  scale: {
    read: ({ spec, status }) => ({
      replicas: spec?.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      selector: formatLabelSelector(spec?.selector),
    }),
    write(deployment, replicas) {
      if (deployment.spec) deployment.spec.replicas = replicas
    },
  },
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Ready pods of those wanted.',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    {
      name: 'Up-to-date',
      type: 'string',
      description: 'Pods of the current template.',
      cell: ({ status }) => status?.updatedReplicas ?? 0,
    },
    {
      name: 'Available',
      type: 'string',
      description: 'Pods that have been ready for minReadySeconds.',
      cell: ({ status }) => status?.availableReplicas ?? 0,
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
