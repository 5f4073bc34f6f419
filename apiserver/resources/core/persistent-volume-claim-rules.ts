/** What a claim to storage means when it does not say, and what it must not say; wherever a claim is described. */

import { parseQuantity } from '../../../api/quantity.ts'
import type { PersistentVolumeClaimSpec } from '../../../api/types.ts'
import { canonicalizeResources } from '../canonical-quantity.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required,
} from '../field-errors.ts'
import { validateLabelSelector } from '../label-selector-validation.ts'
import { subdomainProblems } from '../name-validation.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { validateQuantity } from './pod/resource-requirements-validation.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
export const volumeModes = ['Block', 'Filesystem']

/** Changes `spec`; idempotent. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem'
  canonicalizeResources(spec.resources?.requests)
  canonicalizeResources(spec.resources?.limits)
}

export function* validateClaimSpec(spec: PersistentVolumeClaimSpec, field: string): FieldErrors {
  if ((spec.accessModes ?? []).length === 0)
    yield required(`${field}.accessModes`, 'at least 1 access mode is required')
  yield* validateLabelSelector(spec.selector, `${field}.selector`)
  yield* validateAccessModes(spec.accessModes, `${field}.accessModes`)
  const { storage } = spec.resources?.requests ?? {}
  if (storage === undefined) yield required(`${field}.resources[storage]`)
  else yield* validatePositive(storage, `${field}.resources[storage]`)
  yield* validateClass(spec.storageClassName, `${field}.storageClassName`)
  yield* oneOf(`${field}.volumeMode`, spec.volumeMode, volumeModes)
  yield* validateSources(spec, field)
  yield* validateClass(spec.volumeAttributesClassName, `${field}.volumeAttributesClassName`)
}

export function* validateAccessModes(modes: string[] | undefined, field: string): FieldErrors {
  for (const mode of modes ?? [])
    if (!accessModes.includes(mode)) yield notSupported(field, mode, accessModes)
  const known = new Set((modes ?? []).filter((mode) => accessModes.includes(mode)))
  if (known.has('ReadWriteOncePod') && known.size > 1)
    yield forbidden(field, 'may not use ReadWriteOncePod with other access modes')
}

export function* validatePositive(quantity: string, field: string): FieldErrors {
  if ((parseQuantity(quantity) ?? 0n) <= 0n)
    yield invalid(field, quantity, 'must be greater than zero')
  else yield* validateQuantity(quantity, 'storage', field)
}

export function* validateClass(name: string | undefined, field: string): FieldErrors {
  if (name) yield* invalidFor(field, name, subdomainProblems(name))
}

interface Source {
  apiGroup?: string
  kind: string
  name: string
  namespace?: string
}

function* validateSources(spec: PersistentVolumeClaimSpec, field: string): FieldErrors {
  const { dataSource, dataSourceRef } = spec
  if (dataSource) yield* validateSource(dataSource, `${field}.dataSource`)
  if (dataSourceRef) yield* validateSource(dataSourceRef, `${field}.dataSourceRef`)
  if (dataSource && dataSourceRef && !semanticallyEqual(dataSource, dataSourceRef))
    yield invalid(field, `${field}.dataSource`, 'must match dataSourceRef')
}

function* validateSource({ apiGroup, kind, name }: Source, field: string): FieldErrors {
  if (!name) yield required(`${field}.name`)
  if (!kind) yield required(`${field}.kind`)
  if (!apiGroup && kind !== 'PersistentVolumeClaim')
    yield invalid(
      field,
      kind,
      "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
    )
  if (apiGroup) yield* invalidFor(`${field}.apiGroup`, apiGroup, subdomainProblems(apiGroup))
}

/**
 * Where a claim's first content comes from stands in two fields, which say the same. Who names in the first what only
 * the second may name gets an empty volume, as ever.
 *
 * @param before what was asked before, if it was.
 */
export function normalizeDataSources(
  spec: PersistentVolumeClaimSpec,
  before?: PersistentVolumeClaimSpec,
): void {
  // Nothing comes from other namespaces; and what is of the same name in this one is something else.
  if (spec.dataSourceRef?.namespace) delete spec.dataSourceRef
  else delete spec.dataSourceRef?.namespace
  const { dataSource, dataSourceRef } = spec
  const known = dataSourceRef ?? before?.dataSource ?? before?.dataSourceRef
  if (dataSource && !known && !isCopy(dataSource)) delete spec.dataSource
  if (spec.dataSource) spec.dataSourceRef ??= { ...spec.dataSource }
  else if (dataSourceRef) spec.dataSource = { ...dataSourceRef }
}

const isCopy = ({ apiGroup = '', kind }: Source) =>
  (apiGroup === '' && kind === 'PersistentVolumeClaim') ||
  (apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot')
