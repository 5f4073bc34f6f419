/** What a volume means when it does not say, what it must not say, and what of it stays. */

import { parseQuantity } from '../../../api/quantity.ts'
import type { PersistentVolume } from '../../../api/types.ts'
import { canonicalizeResources } from '../canonical-quantity.ts'
import {
  type FieldErrors,
  forbidden,
  immutable,
  invalid,
  notSupported,
  oneOf,
  required,
} from '../field-errors.ts'
import { differences, semanticallyEqual } from '../semantic-equality.ts'
import { validateAccessModes, validateClass, volumeModes } from './persistent-volume-claim-rules.ts'
import { sourceOf, validateVolumeSource } from './persistent-volume-sources.ts'
import { validateNodeSelector } from './pod/scheduling-validation.ts'
import { defaultVolumeSource } from './volume-source-defaults.ts'

type Spec = NonNullable<PersistentVolume['spec']>

/** Changes `volume`; idempotent. */
export function defaultVolume({ spec }: PersistentVolume): void {
  if (!spec) return
  spec.persistentVolumeReclaimPolicy ||= 'Retain'
  spec.volumeMode ??= 'Filesystem'
  canonicalizeResources(spec.capacity)
  defaultVolumeSource(spec as Parameters<typeof defaultVolumeSource>[0])
}

export function* validateVolumeSpec(spec: Spec, field: string): FieldErrors {
  if ((spec.accessModes ?? []).length === 0) yield required(`${field}.accessModes`)
  yield* validateAccessModes(spec.accessModes, `${field}.accessModes`)
  yield* validateCapacity(spec.capacity, `${field}.capacity`)
  const policy = spec.persistentVolumeReclaimPolicy
  yield* oneOf(`${field}.persistentVolumeReclaimPolicy`, policy, ['Delete', 'Recycle', 'Retain'])
  const { nodeAffinity } = spec
  if (nodeAffinity?.required)
    yield* validateNodeSelector(nodeAffinity.required, `${field}.nodeAffinity.required`)
  else if (nodeAffinity)
    yield required(`${field}.nodeAffinity.required`, 'must specify required node constraints')
  yield* validateVolumeSource(spec, field)
  if (spec.local && !nodeAffinity)
    yield required(`${field}.nodeAffinity`, 'Local volume requires node affinity')
  if (spec.hostPath && /^\/+$/.test(spec.hostPath.path) && policy === 'Recycle')
    yield forbidden(
      `${field}.persistentVolumeReclaimPolicy`,
      "may not be 'recycle' for a hostPath mount of '/'",
    )
  yield* validateClass(spec.storageClassName, `${field}.storageClassName`)
  yield* oneOf(`${field}.volumeMode`, spec.volumeMode, volumeModes)
  if (spec.volumeAttributesClassName === '')
    yield required(`${field}.volumeAttributesClassName`, 'an empty string is disallowed')
  yield* validateClass(spec.volumeAttributesClassName, `${field}.volumeAttributesClassName`)
  if (spec.volumeAttributesClassName && !spec.csi)
    yield required(`${field}.csi`, 'has to be specified when using volumeAttributesClassName')
}

function* validateCapacity(
  capacity: Record<string, string> | undefined,
  field: string,
): FieldErrors {
  const names = Object.keys(capacity ?? {})
  if (names.length === 0) yield required(field)
  if (names.length !== 1 || names[0] !== 'storage')
    yield notSupported(field, capacity ?? null, ['storage'])
  for (const [name, quantity] of Object.entries(capacity ?? {}))
    if ((parseQuantity(quantity) ?? 0n) <= 0n)
      yield invalid(`${field}[${name}]`, quantity, 'must be greater than zero')
}

export function* validateVolumeUpdate(
  { spec }: PersistentVolume,
  { spec: old }: PersistentVolume,
): FieldErrors {
  if (!spec || !old) return
  const source = sourceOf(spec)
  const before = sourceOf(old)
  // A secret for growing may be named later.
  if (source.csi && before.csi && before.csi.controllerExpandSecretRef === undefined)
    source.csi = { ...source.csi, controllerExpandSecretRef: undefined }
  if (!semanticallyEqual(source, before))
    yield forbidden(
      'spec.persistentvolumesource',
      `spec.persistentvolumesource is immutable after creation\nchanged: ${differences(before, source, 'spec').join(', ')}\n`,
    )
  yield* immutable('volumeMode', spec.volumeMode, old.volumeMode)
  if (old.nodeAffinity) yield* immutable('nodeAffinity', spec.nodeAffinity, old.nodeAffinity)
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    yield forbidden(
      'spec.volumeAttributesClassName',
      'update from non-nil value to nil is forbidden',
    )
}
