/** StatefulSet: pods of one template with names and storage of their own, in order. */

import type { StatefulSet } from '../../../api/types.ts'
import { ageColumn, nameColumn, readyColumn, templateColumns } from '../common-columns.ts'
import { replicaScale, scaleSubresource, statusSubresource } from '../common-subresources.ts'
import { workloadWarnings } from '../core/pod/pod-warnings.ts'
import { claimSpecWarnings } from '../core/storage-warnings.ts'
import { labelName } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import {
  defaultStatefulSet,
  dropUnavailable,
  validateStatefulSet,
  validateStatefulSetStatus,
  validateStatefulSetUpdate,
} from './stateful-set-rules.ts'

function warnings(set: StatefulSet, old: StatefulSet | undefined): string[] {
  const { spec } = set
  const told = [...workloadWarnings(set, old, spec?.template)]
  for (const [index, claim] of (spec?.volumeClaimTemplates ?? []).entries())
    if (claim.spec)
      told.push(...claimSpecWarnings(claim.spec, `spec.volumeClaimTemplates[${index}]`))
  if ((spec?.revisionHistoryLimit ?? 0) < 0)
    told.push(
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    )
  return told
}

const keepStatus = statusStrategy<StatefulSet>(() => ({ replicas: 0, availableReplicas: 0 }))

export const statefulSets = defineResource<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  validateName: labelName,
  strategy: {
    ...keepStatus,
    prepareForCreate(set, context) {
      keepStatus.prepareForCreate(set, context)
      dropUnavailable(set, undefined)
    },
    prepareForUpdate(set, old, context) {
      keepStatus.prepareForUpdate(set, old, context)
      dropUnavailable(set, old)
    },
    default: defaultStatefulSet,
    validate: (statefulSet) => [...validateStatefulSet(statefulSet)],
    validateUpdate: (statefulSet, old) => [...validateStatefulSetUpdate(statefulSet, old)],
    warnings,
    validateStatusUpdate: (statefulSet, old) => [...validateStatefulSetStatus(statefulSet, old)],
  },
  subresources: [scaleSubresource, statusSubresource],
  scale: replicaScale(),
  columns: [nameColumn, readyColumn, ageColumn, ...templateColumns],
})
