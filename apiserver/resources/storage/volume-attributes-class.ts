/** VolumeAttributesClass: attributes that a driver can change on a volume that is there. */

import type { VolumeAttributesClass } from '../../../api/types.ts'
import { ageColumn, column, markedDefault } from '../common-columns.ts'
import { type FieldErrors, forbidden, required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { validateParameters, validateProvisioner } from './provisioner-validation.ts'

export const volumeAttributesClasses = defineResource<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  strategy: {
    returnsDeleted: true,
    generation: false,
    validate: (attributesClass) => [...validate(attributesClass)],
    validateUpdate: (attributesClass, old) => [...validateUpdate(attributesClass, old)],
  },
  subresources: [],
  columns: [
    markedDefault('volumeattributesclass.alpha.kubernetes.io/is-default-class'),
    column(
      'DriverName',
      'The driver that sets the attributes.',
      ({ driverName }) => driverName ?? '',
    ),
    ageColumn,
  ],
})

function* validate({ driverName, parameters }: VolumeAttributesClass): FieldErrors {
  yield* validateProvisioner(driverName, 'driverName')
  yield* validateParameters(parameters, 'parameters')
  if (Object.keys(parameters ?? {}).length === 0)
    yield required('parameters', 'must contain at least one key/value pair')
}

function* validateUpdate(now: VolumeAttributesClass, old: VolumeAttributesClass): FieldErrors {
  for (const field of ['driverName', 'parameters'] as const)
    if (!semanticallyEqual(now[field], old[field]))
      yield forbidden(field, `updates to ${field} are forbidden.`)
}
