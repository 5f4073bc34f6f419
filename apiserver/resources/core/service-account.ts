/** ServiceAccount: an identity for what runs in pods. */

import type { ServiceAccount } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { defineResource } from '../resource.ts'

const mountable = 'kubernetes.io/enforce-mountable-secrets'

/** Of the secrets it names nothing is kept but the names. */
function keepNames(account: ServiceAccount): void {
  for (const [index, { name }] of (account.secrets ?? []).entries())
    account.secrets![index] = name === undefined ? {} : { name }
}

function warnings({ metadata }: ServiceAccount, old: ServiceAccount | undefined): string[] {
  const isNew = old?.metadata.annotations?.[mountable] === undefined
  return isNew && metadata.annotations?.[mountable] !== undefined
    ? [
        `metadata.annotations[${mountable}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
      ]
    : []
}

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
    prepareForCreate: keepNames,
    prepareForUpdate: keepNames,
    warnings,
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
      type: 'string',
      description: 'How many secrets it names.',
      cell: ({ secrets }) => (secrets ?? []).length,
    },
    ageColumn,
  ],
})
