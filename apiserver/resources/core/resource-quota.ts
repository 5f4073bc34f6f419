/** ResourceQuota: how much of everything there may be in a namespace. */

import type { ResourceQuota } from '../../../api/types.ts'
import { canonicalizeResources } from '../canonical-quantity.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { type Column, defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import {
  validateAmounts,
  validateQuotaSpec,
  validateQuotaUpdate,
} from './resource-quota-validation.ts'

const isLimit = (name: string) => name.startsWith('limits.')

/** `pods: 1/10, requests.cpu: 500m/2` */
function usage({ status }: ResourceQuota, limits: boolean): string {
  return Object.entries(status?.hard ?? {})
    .filter(([name]) => isLimit(name) === limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${status?.used?.[name] ?? '0'}/${hard}`)
    .join(', ')
}

const usageColumn = (
  name: string,
  limits: boolean,
  description: string,
): Column<ResourceQuota> => ({
  name,
  type: 'string',
  description,
  cell: (quota) => usage(quota, limits),
})

const validateStatus = ({ status }: ResourceQuota) => [
  ...validateAmounts(status?.hard, 'status.hard'),
  ...validateAmounts(status?.used, 'status.used'),
]

export const resourceQuotas = defineResource<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  strategy: {
    returnsDeleted: true,
    ...statusStrategy<ResourceQuota>(() => ({})),
    generation: false,
    default({ spec, status }) {
      canonicalizeResources(spec?.hard)
      canonicalizeResources(status?.hard)
      canonicalizeResources(status?.used)
    },
    validate: ({ spec }) => [...validateQuotaSpec(spec ?? {}, 'spec')],
    validateUpdate: (quota, old) => [...validateQuotaUpdate(quota, old)],
    validateStatusUpdate: validateStatus,
  },
  subresources: [statusSubresource],
  columns: [
    nameColumn,
    usageColumn(
      'Request',
      false,
      'Of what may be requested or be there: how much is, of how much.',
    ),
    usageColumn('Limit', true, 'Of what limits may sum up to: how much they do, of how much.'),
    ageColumn,
  ],
})
