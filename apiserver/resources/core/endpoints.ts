/** Endpoints: the older form of what EndpointSlices say; all addresses of a Service in one object. */

import type { Endpoints } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { defineResource } from '../resource.ts'
import { validateEndpoints } from './endpoints-validation.ts'

const shown = 3

const bracketed = (ip: string) => (ip.includes(':') ? `[${ip}]` : ip)

/** The first three `address:port`, and how many more there are. */
function addresses({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>'
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${bracketed(ip)}:${port}`)),
  )
  const first = all.slice(0, shown).join(',')
  return all.length > shown ? `${first} + ${all.length - shown} more...` : first
}

export const endpoints = defineResource<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  listKind: 'EndpointsList',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  strategy: {
    generation: false,
    createOnUpdate: true,
    default({ subsets = [] }) {
      for (const { ports = [] } of subsets) for (const port of ports) port.protocol ||= 'TCP'
    },
    validate: (endpoints) => [...validateEndpoints(endpoints)],
  },
  subresources: [],
  columns: [
    nameColumn,
    {
      name: 'Endpoints',
      type: 'string',
      description: 'The addresses and ports that traffic is sent to.',
      cell: addresses,
    },
    ageColumn,
  ],
})
