/** Lease: who holds a lock, or when a node was last heard of. */

import type { Lease } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { forbidden, invalid, notSupported } from '../field-errors.ts'
import { qualifiedNameProblems } from '../name-validation.ts'
import { defineResource, type FieldError } from '../resource.ts'

export const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',
  strategy: { generation: false, createOnUpdate: true, unconditionalUpdate: false, validate },
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

function validate({ spec }: Lease): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec ?? {}
  const errors: FieldError[] = []
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0)
    errors.push(
      invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'),
    )
  if (leaseTransitions !== undefined && leaseTransitions < 0)
    errors.push(
      invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'),
    )
  if (strategy?.includes('/'))
    for (const problem of qualifiedNameProblems(strategy))
      errors.push(invalid('spec.strategy', strategy, problem))
  else if (strategy !== undefined && strategy !== 'OldestEmulationVersion')
    errors.push(notSupported('spec.strategy', strategy, ['OldestEmulationVersion']))
  if (preferredHolder && !strategy)
    errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'))
  return errors
}
