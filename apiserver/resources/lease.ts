/** Lease: who holds a lock, or when a node was last heard of. */

import type { Lease } from '../../api/types.ts'
import { ageColumn, nameColumn } from './common-columns.ts'
import { defineResource } from './resource.ts'

export const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',
  strategy: { generation: false, createOnUpdate: true, unconditionalUpdate: false },
  subresources: [],
  columns: [
    nameColumn,
    {
      name: 'Holder',
      type: 'string',
      description: 'Who holds the lease.',
      cell: ({ spec }) => spec?.holderIdentity ?? '',
    },
    ageColumn,
  ],
})
