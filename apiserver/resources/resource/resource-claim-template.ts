/** ResourceClaimTemplate: from which each pod gets a claim of its own. */

import type { ResourceClaimTemplate } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { immutable } from '../field-errors.ts'
import { validateLabels } from '../label-selector-validation.ts'
import { defineResource } from '../resource.ts'
import { defaultDeviceClaim, validateDeviceClaim } from './device-claim-rules.ts'

export const resourceClaimTemplates = defineResource<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  strategy: {
    returnsDeleted: true,
    generation: false,
    default: ({ spec }) => defaultDeviceClaim(spec?.spec),
    validateCreate: ({ spec }) => [
      ...validateLabels(spec?.metadata?.labels, 'spec.metadata.labels'),
      ...validateDeviceClaim(spec?.spec, 'spec.spec.devices'),
    ],
    validateUpdate: ({ spec }, old) => [...immutable('spec', spec, old.spec)],
  },
  subresources: [],
  columns: [nameColumn, ageColumn],
})
