/** Lease: who holds a lock, or when a node was last heard of. */

import type { Lease } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { invalid } from '../field-errors.ts'
import { defineResource, type FieldError } from '../resource.ts'

export const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',
  strategy: {
    generation: false,
    createOnUpdate: true,
    unconditionalUpdate: false,
    prepareForCreate: dropElection,
    prepareForUpdate: dropElection,
    validate,
  },
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

/** Nobody elects holders among candidates here, and where nobody does, the fields are not kept. */
function dropElection({ spec }: Lease): void {
  delete spec?.strategy
  delete spec?.preferredHolder
}

function validate({ spec }: Lease): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions } = spec ?? {}
  const errors: FieldError[] = []
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0)
    errors.push(
      invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'),
    )
  if (leaseTransitions !== undefined && leaseTransitions < 0)
    errors.push(
      invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'),
    )
  return errors
}
