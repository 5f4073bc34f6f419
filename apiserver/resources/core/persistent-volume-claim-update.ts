/** What may change in a claim that exists: the volume it got, once; its size, once it has one. */

import { parseQuantity } from '../../../api/quantity.ts'
import type { PersistentVolumeClaim } from '../../../api/types.ts'
import { type FieldErrors, forbidden, immutable, invalid, notSupported } from '../field-errors.ts'
import { differences, semanticallyEqual } from '../semantic-equality.ts'
import { normalizeDataSources } from './persistent-volume-claim-rules.ts'
import { betaClass } from './storage-columns.ts'

const size = (list: Record<string, string> | undefined) => parseQuantity(list?.storage ?? '0') ?? 0n

export function* validateClaimUpdate(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): FieldErrors {
  const { spec } = claim
  if (!spec || !old.spec) return
  const before = { ...old.spec }
  normalizeDataSources(before, before)
  const rest = { ...spec, volumeAttributesClassName: before.volumeAttributesClassName }
  if (!before.volumeName) rest.volumeName = before.volumeName
  if (isUpgrade(claim, old)) rest.storageClassName = before.storageClassName
  else
    yield* immutable(
      `metadata.annotations[${betaClass}]`,
      claim.metadata.annotations?.[betaClass],
      old.metadata.annotations?.[betaClass],
    )
  const requests = before.resources?.requests
  if (old.status?.phase === 'Bound' && spec.resources?.requests && requests?.storage)
    rest.resources = {
      ...spec.resources,
      requests: { ...spec.resources.requests, storage: requests.storage },
    }
  if (!semanticallyEqual(rest, before))
    yield forbidden(
      'spec',
      `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\nchanged: ${differences(before, rest, 'spec').join(', ')}\n`,
    )
  const wanted = size(spec.resources?.requests)
  if (wanted < size(requests) && wanted <= size(old.status?.capacity))
    yield forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
  yield* immutable('volumeMode', spec.volumeMode, before.volumeMode)
  yield* validateAttributesClass(spec.volumeAttributesClassName, old)
}

/** The class moves from the annotation, where it once stood, to the field. */
function isUpgrade({ metadata, spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata.annotations?.[betaClass]
  const now = metadata.annotations?.[betaClass]
  return (
    before !== undefined &&
    old.spec?.storageClassName === undefined &&
    spec?.storageClassName === before &&
    (now === undefined || now === before)
  )
}

function* validateAttributesClass(
  name: string | undefined,
  { status }: PersistentVolumeClaim,
): FieldErrors {
  if (status?.currentVolumeAttributesClassName === undefined) return
  const field = 'spec.volumeAttributesClassName'
  if (name === undefined) yield forbidden(field, 'update from non-nil value to nil is forbidden')
  else if (name === '') yield forbidden(field, 'update from non-empty value to empty is forbidden')
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizePending',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
].sort()

export function* validateClaimStatus({ status }: PersistentVolumeClaim): FieldErrors {
  for (const list of ['capacity', 'allocatedResources'] as const)
    for (const [name, quantity] of Object.entries(status?.[list] ?? {}))
      if ((parseQuantity(quantity) ?? -1n) < 0n)
        yield invalid(`status.${list}[${name}]`, quantity, 'must be a valid resource quantity')
  for (const [name, state] of Object.entries(status?.allocatedResourceStatuses ?? {}))
    if (!resizeStates.includes(state))
      yield notSupported(`status.allocatedResourceStatuses[${name}]`, state, resizeStates)
}
