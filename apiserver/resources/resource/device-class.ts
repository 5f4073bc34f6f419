/** DeviceClass: a sort of devices, and how drivers are to set them up. */

import type { DeviceClass } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { type FieldErrors, invalid } from '../field-errors.ts'
import { qualifiedNameProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { validateList } from './bounded-list-validation.ts'
import { validateConfiguration, validateSelectors } from './device-selection-validation.ts'

const mostConfigurations = 32

export const deviceClasses = defineResource<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.DeviceClass',
  strategy: {
    returnsDeleted: true,
    validate: (deviceClass) => [...validate(deviceClass)],
  },
  subresources: [],
  columns: [nameColumn, ageColumn],
})

function* validate({ spec }: DeviceClass): FieldErrors {
  yield* validateSelectors(spec?.selectors, 'spec.selectors')
  yield* validateList(spec?.config, mostConfigurations, 'spec.config', validateConfiguration)
  const name = spec?.extendedResourceName
  if (name !== undefined && !isExtendedResource(name))
    yield invalid('spec.extendedResourceName', name, 'must be a valid extended resource name')
}

/** `example.com/gpu`: somebody's own, and nothing that quotas mean otherwise. */
const isExtendedResource = (name: string) =>
  name.includes('/') &&
  !name.includes('kubernetes.io/') &&
  !name.startsWith('requests.') &&
  qualifiedNameProblems(`requests.${name}`).length === 0
