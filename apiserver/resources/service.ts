/** Service: one stable address and name for a changing set of pods. */

import type { Service } from '../../api/types.ts'
import { label1035Name } from './name-validation.ts'
import { defineResource } from './resource.ts'
import { serviceColumns } from './service-columns.ts'
import { statusStrategy } from './status-strategy.ts'

export const services = defineResource<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Service',
  validateName: label1035Name,
  strategy: {
    ...statusStrategy<Service>(() => ({ loadBalancer: {} })),
    generation: false,
    createOnUpdate: true,
  },
  subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'] }],
  fieldSelectors: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
  columns: serviceColumns,
})
