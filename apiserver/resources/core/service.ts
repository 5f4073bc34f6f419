/** Service: one stable address and name for a changing set of pods. */

import type { Service } from '../../../api/types.ts'
import { proxySubresource } from '../common-subresources.ts'
import { labelName } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { keep } from '../status-strategy.ts'
import { serviceAllocations, serviceHoldings } from './service-allocations.ts'
import { serviceColumns } from './service-columns.ts'
import { carryOver, defaultService, settleAddressFields } from './service-defaults.ts'
import {
  validateService,
  validateServiceStatus,
  validateServiceUpdate,
} from './service-validation.ts'
import { serviceWarnings } from './service-warnings.ts'

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
  validateName: labelName,
  strategy: {
    returnsDeleted: true,
    generation: false,
    createOnUpdate: true,
    default: defaultService,
    prepareForCreate(service) {
      service.status = { loadBalancer: {} }
      if (service.spec) settleAddressFields(service.spec)
    },
    prepareForUpdate(service, old) {
      keep(service, old, 'status')
      if (!service.spec) return
      if (old.spec) carryOver(service.spec, old.spec)
      settleAddressFields(service.spec)
    },
    prepareForStatusUpdate(service, old) {
      keep(service, old, 'spec')
    },
    validateCreate: (service) => [...validateService(service)],
    validateUpdate: (service, old) => [
      ...validateService(service, old),
      ...validateServiceUpdate(service, old),
    ],
    warnings: serviceWarnings,
    validateStatusUpdate: (service) => [...validateServiceStatus(service)],
  },
  subresources: [
    proxySubresource('ServiceProxyOptions'),
    { name: 'status', verbs: ['get', 'patch', 'update'] },
  ],
  fieldSelectors: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
  columns: serviceColumns,
  allocations: serviceAllocations,
  allocated: serviceHoldings,
})
