/** MutatingWebhookConfiguration: services outside that change what is written, before it is looked at. */

import type { MutatingWebhookConfiguration } from '../../../api/types.ts'
import { defineResource } from '../resource.ts'
import { webhookColumns, webhookStrategy } from './webhook-rules.ts'

export const mutatingWebhookConfigurations = defineResource<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  strategy: webhookStrategy({ mutating: true }),
  subresources: [],
  columns: webhookColumns,
})
