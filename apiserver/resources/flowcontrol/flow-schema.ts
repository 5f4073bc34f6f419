/** FlowSchema: which requests go to which priority level, and how they are told apart there. */

import type { FlowSchema } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { bareStatusSubresource } from '../common-subresources.ts'
import { defineResource } from '../resource.ts'
import { bareStatusStrategy } from '../status-strategy.ts'
import { validateFlowConditions } from './flow-condition-validation.ts'
import { validateFlowSchema } from './flow-schema-validation.ts'

export const flowSchemas = defineResource<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  strategy: {
    ...bareStatusStrategy<FlowSchema>(() => ({})),
    default({ spec }) {
      if (spec) spec.matchingPrecedence ||= 1000
    },
    validate: (schema) => [
      ...validateFlowSchema(schema),
      ...validateFlowConditions(schema.status?.conditions),
    ],
    validateStatusUpdate: ({ status }) => [...validateFlowConditions(status?.conditions)],
  },
  subresources: [bareStatusSubresource],
  columns: [
    nameColumn,
    column(
      'PriorityLevel',
      'Where its requests go.',
      ({ spec }) => spec?.priorityLevelConfiguration?.name ?? '',
    ),
    column(
      'MatchingPrecedence',
      'The lower, the earlier it is asked.',
      ({ spec }) => spec?.matchingPrecedence ?? 0,
    ),
    column(
      'DistinguisherMethod',
      'How its requests are told apart.',
      ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>',
    ),
    ageColumn,
    column(
      'MissingPL',
      'Whether its priority level is missing.',
      ({ status }) =>
        (status?.conditions ?? []).find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
})
