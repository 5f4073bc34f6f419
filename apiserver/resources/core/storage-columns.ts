/** What the tables of volumes and of claims to them share. */

import type { ObjectMeta } from '../../../api/object.ts'
import type { Column } from '../resource.ts'

/** Where a class was named before it was a field; it still goes first. */
export const betaClass = 'volume.beta.kubernetes.io/storage-class'

interface WithClass {
  metadata: ObjectMeta
  spec?: { storageClassName?: string; volumeAttributesClassName?: string; volumeMode?: string }
}

export const storageClassColumn: Column<WithClass> = {
  name: 'StorageClass',
  type: 'string',
  description: 'The class of storage.',
  cell: ({ metadata, spec }) => metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
}

export const attributesClassColumn: Column<WithClass> = {
  name: 'VolumeAttributesClass',
  type: 'string',
  description: 'The class of attributes that can still change.',
  cell: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
}

export const volumeModeColumn: Column<WithClass> = {
  name: 'VolumeMode',
  type: 'string',
  priority: 1,
  description: 'A file system, or a block device.',
  cell: ({ spec }) => spec?.volumeMode ?? '<unset>',
}

const shortModes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const

/** `RWO,ROX`, always in the same order. */
export const formatAccessModes = (modes: string[] | undefined): string =>
  shortModes
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',')

/** The phase, or that it is going. */
export const phaseColumn: Column<{ metadata: ObjectMeta; status?: { phase?: string } }> = {
  name: 'Status',
  type: 'string',
  description: 'Where it is in its life.',
  cell: ({ metadata, status }) =>
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
}
