/** Endpoints: the older form of what EndpointSlices say; all addresses of a Service in one object. */

import type { Endpoints } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { defineResource } from '../resource.ts'
import { validateEndpoints } from './endpoints-validation.ts'
import { ipWarnings } from './ip-warnings.ts'
import type { Warnings } from './node-label-warnings.ts'

type Subset = NonNullable<Endpoints['subsets']>[number]

const shown = 3

const bracketed = (ip: string) => (ip.includes(':') ? `[${ip}]` : ip)

/** The first three `address:port`, and how many more there are. */
function addresses({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>'
  const first: string[] = []
  let count = 0
  for (const subset of subsets) {
    const { addresses = [], ports = [] } = subset
    count += addresses.length * Math.max(ports.length, 1)
    // Every address has every port: only those that are shown are written out.
    for (const text of targets(subset)) {
      if (first.length >= shown) break
      first.push(text)
    }
  }
  const text = first.join(',')
  return count > shown ? `${text} + ${count - shown} more...` : text
}

function* targets({ addresses = [], ports = [] }: Subset): Generator<string, void, undefined> {
  if (ports.length === 0) for (const { ip } of addresses) yield ip
  for (const { port } of ports) for (const { ip } of addresses) yield `${bracketed(ip)}:${port}`
}

function* warnings({ subsets = [] }: Endpoints): Warnings {
  for (const [index, subset] of subsets.entries())
    for (const list of ['addresses', 'notReadyAddresses'] as const)
      for (const [at, { ip }] of (subset[list] ?? []).entries())
        yield* ipWarnings(ip, `subsets[${index}].${list}[${at}].ip`)
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
    warnings,
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
