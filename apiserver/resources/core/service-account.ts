/** ServiceAccount: an identity for what runs in pods. */

import type { ServiceAccount } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { defineResource } from '../resource.ts'

export const serviceAccounts = defineResource<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  strategy: {
    returnsDeleted: true,
    generation: false,
  },
  subresources: [
    {
      name: 'token',
      verbs: ['create'],
      kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    },
  ],
  columns: [
    nameColumn,
    {
      name: 'Secrets',
      type: 'integer',
      description: 'How many secrets it names.',
      cell: ({ secrets }) => (secrets ?? []).length,
    },
    ageColumn,
  ],
})
