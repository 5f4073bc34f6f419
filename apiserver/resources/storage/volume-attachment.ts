/** VolumeAttachment: a volume is to be attached to a node, or is. */

import type { VolumeAttachment } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { bareStatusSubresource } from '../common-subresources.ts'
import { validateAccessModes } from '../core/persistent-volume-claim-rules.ts'
import { validateDriverName } from '../domain-name-validation.ts'
import {
  type FieldErrors,
  forbidden,
  immutable,
  invalid,
  invalidFor,
  required,
  tooLong,
} from '../field-errors.ts'
import { byteLength, outsideRange, subdomainProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { bareStatusStrategy } from '../status-strategy.ts'

type Source = NonNullable<VolumeAttachment['spec']>['source']
type Status = NonNullable<VolumeAttachment['status']>

const mostMetadata = 256 * 1024
const longestError = 1024
const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
const notInline = 'may not be specified in the context of inline volumes'

export const volumeAttachments = defineResource<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  strategy: {
    returnsDeleted: true,
    ...bareStatusStrategy<VolumeAttachment>(() => ({ attached: false })),
    generation: false,
    unconditionalUpdate: false,
    validate: (attachment) => [...validate(attachment)],
    validateCreate: (attachment) => [...validateNew(attachment)],
    validateUpdate: ({ spec }, old) => [...immutable('spec', spec, old.spec)],
    validateStatusUpdate: ({ status }) => [...validateStatus(status)],
  },
  subresources: [bareStatusSubresource],
  columns: [
    nameColumn,
    column('Attacher', 'The driver that attaches.', ({ spec }) => spec?.attacher ?? '', {
      format: 'name',
    }),
    column('PV', 'The volume.', ({ spec }) => spec?.source?.persistentVolumeName ?? ''),
    column('Node', 'The node.', ({ spec }) => spec?.nodeName ?? ''),
    column('Attached', 'Whether it is.', ({ status }) => status?.attached ?? false, {
      type: 'boolean',
    }),
    ageColumn,
  ],
})

function* validate({ spec, status }: VolumeAttachment): FieldErrors {
  if (!spec?.attacher) yield required('spec.attacher')
  yield* validateSource(spec?.source ?? {}, 'spec.source')
  const nodeName = spec?.nodeName ?? ''
  yield* invalidFor('spec.nodeName', nodeName, subdomainProblems(nodeName))
  yield* validateStatus(status)
}

function* validateNew({ spec }: VolumeAttachment): FieldErrors {
  yield* validateDriverName(spec?.attacher, 'spec.attacher')
  const volume = spec?.source?.persistentVolumeName
  if (volume !== undefined)
    yield* invalidFor('spec.source.persistentVolumeName', volume, subdomainProblems(volume))
}

function* validateSource(
  { inlineVolumeSpec, persistentVolumeName }: Source,
  field: string,
): FieldErrors {
  if (!inlineVolumeSpec && persistentVolumeName === undefined) yield required(field, exactlyOne)
  else if (inlineVolumeSpec && persistentVolumeName !== undefined)
    yield forbidden(field, exactlyOne)
  else if (persistentVolumeName === '')
    yield required(`${field}.persistentVolumeName`, 'must specify non empty persistentVolumeName')
  if (inlineVolumeSpec) yield* validateInline(inlineVolumeSpec, `${field}.inlineVolumeSpec`)
}

/** A volume that stands in a pod: a driver's, and nobody's claim. */
function* validateInline(
  { claimRef, capacity, csi, accessModes }: NonNullable<Source['inlineVolumeSpec']>,
  field: string,
): FieldErrors {
  if (claimRef) yield forbidden(`${field}.claimRef`, notInline)
  if (Object.keys(capacity ?? {}).length > 0) yield forbidden(`${field}.capacity`, notInline)
  if (!csi) yield required(`${field}.csi`, 'has to be specified in the context of inline volumes')
  yield* validateAccessModes(accessModes, `${field}.accessModes`)
}

function* validateStatus(status: Status | undefined): FieldErrors {
  let bytes = 0
  for (const [key, value] of Object.entries(status?.attachmentMetadata ?? {}))
    bytes += byteLength(key) + byteLength(value)
  if (bytes > mostMetadata) yield tooLong('status.attachmentMetadata', mostMetadata)
  yield* validateVolumeError(status?.attachError, 'status.attachError')
  yield* validateVolumeError(status?.detachError, 'status.detachError')
}

function* validateVolumeError(error: Status['attachError'], field: string): FieldErrors {
  if (!error) return
  if (byteLength(error.message ?? '') > longestError)
    yield tooLong(`${field}.message`, mostMetadata)
  if (error.errorCode !== undefined && error.errorCode < 0)
    yield invalid(`${field}.errorCode`, error.errorCode, outsideRange(0, 2 ** 31 - 1))
}
