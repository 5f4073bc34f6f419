/** PersistentVolume: a piece of storage of the cluster, and the claim that holds it. */

import type { PersistentVolume } from '../../../api/types.ts'
import { time } from '../../../ports/clock.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { required } from '../field-errors.ts'
import { defineResource, type StrategyContext } from '../resource.ts'
import { keep } from '../status-strategy.ts'
import {
  defaultVolume,
  validateVolumeSpec,
  validateVolumeUpdate,
} from './persistent-volume-rules.ts'
import {
  attributesClassColumn,
  formatAccessModes,
  phaseColumn,
  storageClassColumn,
  volumeModeColumn,
} from './storage-columns.ts'
import { volumeWarnings } from './storage-warnings.ts'

/** Since when it has been in its phase, unless the writer knows better. */
function prepareForStatusUpdate(
  volume: PersistentVolume,
  old: PersistentVolume,
  { clock }: StrategyContext,
): void {
  keep(volume, old, 'spec')
  const status = volume.status ?? {}
  volume.status = status
  const before = old.status ?? {}
  const since = before.lastPhaseTransitionTime
  if (status.phase === before.phase) status.lastPhaseTransitionTime ??= since
  else if (!status.lastPhaseTransitionTime || status.lastPhaseTransitionTime === since)
    status.lastPhaseTransitionTime = time(clock.now())
}

export const persistentVolumes = defineResource<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  strategy: {
    returnsDeleted: true,
    generation: false,
    default: defaultVolume,
    prepareForCreate(volume, { clock }) {
      volume.status = { phase: 'Pending', lastPhaseTransitionTime: time(clock.now()) }
    },
    prepareForUpdate(volume, old) {
      keep(volume, old, 'status')
    },
    prepareForStatusUpdate,
    validate: ({ spec }) => (spec ? [...validateVolumeSpec(spec, 'spec')] : [required('spec')]),
    validateUpdate: (volume, old) => [...validateVolumeUpdate(volume, old)],
    warnings: volumeWarnings,
  },
  subresources: [statusSubresource],
  columns: [
    nameColumn,
    {
      name: 'Capacity',
      type: 'string',
      description: 'How large it is.',
      cell: ({ spec }) => spec?.capacity?.storage ?? '0',
    },
    {
      name: 'Access Modes',
      type: 'string',
      description: 'How it can be used, and by how many.',
      cell: ({ spec }) => formatAccessModes(spec?.accessModes),
    },
    {
      name: 'Reclaim Policy',
      type: 'string',
      description: 'What becomes of it when its claim is gone.',
      cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    },
    phaseColumn,
    {
      name: 'Claim',
      type: 'string',
      description: 'The claim that holds it.',
      cell: ({ spec }) =>
        spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    },
    storageClassColumn,
    attributesClassColumn,
    {
      name: 'Reason',
      type: 'string',
      description: 'Why it is in its phase.',
      cell: ({ status }) => status?.reason ?? '',
    },
    ageColumn,
    volumeModeColumn,
  ],
})
