/** PersistentVolumeClaim: storage that a user asks for, and the volume that answers. */

import type { PersistentVolumeClaim } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import {
  defaultClaimSpec,
  normalizeDataSources,
  validateClaimSpec,
} from './persistent-volume-claim-rules.ts'
import { validateClaimStatus, validateClaimUpdate } from './persistent-volume-claim-update.ts'
import {
  attributesClassColumn,
  formatAccessModes,
  phaseColumn,
  storageClassColumn,
  volumeModeColumn,
} from './storage-columns.ts'
import { claimWarnings } from './storage-warnings.ts'

const keepStatus = statusStrategy<PersistentVolumeClaim>(() => ({ phase: 'Pending' }))

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  strategy: {
    returnsDeleted: true,
    ...keepStatus,
    generation: false,
    default({ spec }) {
      if (spec) defaultClaimSpec(spec)
    },
    prepareForCreate(claim, context) {
      keepStatus.prepareForCreate(claim, context)
      if (claim.spec) normalizeDataSources(claim.spec)
    },
    prepareForUpdate(claim, old, context) {
      keepStatus.prepareForUpdate(claim, old, context)
      if (claim.spec) normalizeDataSources(claim.spec, old.spec)
    },
    validate: ({ spec }) => (spec ? [...validateClaimSpec(spec, 'spec')] : [required('spec')]),
    validateUpdate: (claim, old) => [...validateClaimUpdate(claim, old)],
    warnings: claimWarnings,
    validateStatusUpdate: (claim) => [...validateClaimStatus(claim)],
  },
  subresources: [statusSubresource],
  columns: [
    nameColumn,
    phaseColumn,
    {
      name: 'Volume',
      type: 'string',
      description: 'The volume that it got.',
      cell: ({ spec }) => spec?.volumeName ?? '',
    },
    {
      name: 'Capacity',
      type: 'string',
      description: 'How large the volume is.',
      cell: ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.storage ?? '0') : ''),
    },
    {
      name: 'Access Modes',
      type: 'string',
      description: 'How the volume can be used, and by how many.',
      cell: ({ spec, status }) => (spec?.volumeName ? formatAccessModes(status?.accessModes) : ''),
    },
    storageClassColumn,
    attributesClassColumn,
    ageColumn,
    volumeModeColumn,
  ],
})
