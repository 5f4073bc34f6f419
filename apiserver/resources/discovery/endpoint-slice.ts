/** EndpointSlice: a part of the addresses behind a Service. */

import type { EndpointSlice } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { validateEndpointSlice } from '../core/endpoints-validation.ts'
import { ipWarnings } from '../core/ip-warnings.ts'
import type { Warnings } from '../core/node-label-warnings.ts'
import { immutable } from '../field-errors.ts'
import { defineResource } from '../resource.ts'

const shown = 3

/** The first three, and how many more there are; `<unset>` for none. */
function firstOf(texts: string[]): string {
  if (texts.length === 0) return '<unset>'
  const first = texts.slice(0, shown).join(',')
  return texts.length > shown ? `${first} + ${texts.length - shown} more...` : first
}

/** Of an earlier version; this one shows it, and takes none. */
function dropTopology({ endpoints }: EndpointSlice): void {
  for (const endpoint of endpoints ?? []) delete endpoint.deprecatedTopology
}

function* warnings({ addressType, endpoints }: EndpointSlice, old?: EndpointSlice): Warnings {
  if (!old && addressType === 'FQDN') yield 'spec.addressType: FQDN endpoints are deprecated'
  for (const [index, { addresses }] of (endpoints ?? []).entries())
    for (const [at, address] of addresses.entries())
      yield* ipWarnings(address, `endpoints[${index}].addresses[${at}]`)
}

export const endpointSlices = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  strategy: {
    default({ ports }) {
      for (const port of ports ?? []) {
        port.name ??= ''
        port.protocol ??= 'TCP'
      }
    },
    prepareForCreate: dropTopology,
    prepareForUpdate: dropTopology,
    validate: (slice) => [...validateEndpointSlice(slice)],
    validateUpdate: ({ addressType }, old) => [
      ...immutable('addressType', addressType, old.addressType),
    ],
    warnings,
  },
  subresources: [],
  columns: [
    nameColumn,
    {
      name: 'AddressType',
      type: 'string',
      description: 'IPv4, IPv6 or FQDN.',
      cell: ({ addressType }) => addressType,
    },
    {
      name: 'Ports',
      type: 'string',
      description: 'The ports that every endpoint serves.',
      cell: ({ ports }) => firstOf((ports ?? []).map(({ port, name }) => `${port ?? name ?? '*'}`)),
    },
    {
      name: 'Endpoints',
      type: 'string',
      description: 'The addresses.',
      cell: ({ endpoints }) => firstOf((endpoints ?? []).flatMap(({ addresses }) => addresses)),
    },
    ageColumn,
  ],
})
