/** ConfigMap: plain configuration, for containers to read. */

import type { ConfigMap } from '../../api/types.ts'
import { ageColumn, nameColumn } from './common-columns.ts'
import { defineResource } from './resource.ts'

export const configMaps = defineResource<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ConfigMap',
  strategy: { generation: false },
  subresources: [],
  columns: [
    nameColumn,
    {
      name: 'Data',
      type: 'integer',
      description: 'How many keys there are.',
      cell: ({ data, binaryData }) =>
        Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    ageColumn,
  ],
})
