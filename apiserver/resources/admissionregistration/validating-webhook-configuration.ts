/** ValidatingWebhookConfiguration: services outside that look at what is written, and may refuse it. */

import type { ValidatingWebhookConfiguration } from '../../../api/types.ts'
import { defineResource } from '../resource.ts'
import { webhookColumns, webhookStrategy } from './webhook-rules.ts'

export const validatingWebhookConfigurations = defineResource<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  strategy: webhookStrategy({ mutating: false }),
  subresources: [],
  columns: webhookColumns,
})
