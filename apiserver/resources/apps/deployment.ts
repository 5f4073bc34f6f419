/** Deployment: replicas of one pod template, and how to change them to another one little by little. */

import type { Deployment } from '../../../api/types.ts'
import {
  ageColumn,
  nameColumn,
  readyColumn,
  selectorColumn,
  templateColumns,
} from '../common-columns.ts'
import { replicaScale, scaleSubresource, statusSubresource } from '../common-subresources.ts'
import { workloadWarnings } from '../core/pod/pod-warnings.ts'
import { immutable } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { keep, statusStrategy } from '../status-strategy.ts'
import {
  defaultDeployment,
  validateDeployment,
  validateDeploymentStatus,
} from './deployment-rules.ts'

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
    default: defaultDeployment,
    prepareForStatusUpdate(deployment, old) {
      keep(deployment, old, 'spec')
      keep(deployment.metadata, old.metadata, 'labels')
    },
    // Annotations count as well: the controller copies them to ReplicaSets.
    generation: (deployment, old) =>
      !semanticallyEqual(deployment.spec, old.spec) ||
      !semanticallyEqual(deployment.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
    validate: (deployment) => [...validateDeployment(deployment)],
    validateUpdate: ({ spec }, old) => [
      ...immutable('spec.selector', spec?.selector, old.spec?.selector),
    ],
    warnings: (deployment, old) => workloadWarnings(deployment, old, deployment.spec?.template),
    validateStatusUpdate: (deployment, old) => [...validateDeploymentStatus(deployment, old)],
  },
  subresources: [scaleSubresource, { ...statusSubresource, resets: ['spec', 'metadata.labels'] }],
  scale: replicaScale(),
  columns: [
    nameColumn,
    readyColumn,
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
    selectorColumn,
    {
      name: 'Rollout',
      type: 'string',
      priority: 1,
      description: 'Where the rollout is, and why.',
      cell: rolloutText,
    },
  ],
})

/** As its conditions have it. Kubernetes has no such column: it stands behind all that are known, in `-o wide` alone. */
function rolloutText({ spec, status }: Deployment): string {
  if (spec?.paused) return 'paused'
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type)
  const progressing = condition('Progressing')
  if (progressing?.reason === 'NewReplicaSetAvailable') return 'complete'
  return progressing?.message ?? condition('ReplicaFailure')?.message ?? '<none>'
}
