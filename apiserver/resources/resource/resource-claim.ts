/** ResourceClaim: devices that pods want, and once they are allocated, which. */

import type { ResourceClaim } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { bareStatusSubresource } from '../common-subresources.ts'
import { immutable } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { bareStatusStrategy } from '../status-strategy.ts'
import { defaultDeviceClaim, validateDeviceClaim } from './device-claim-rules.ts'
import { validateClaimStatus } from './resource-claim-status-validation.ts'

export const resourceClaims = defineResource<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaim',
  strategy: {
    returnsDeleted: true,
    ...bareStatusStrategy<ResourceClaim>(() => ({})),
    generation: false,
    default: ({ spec }) => defaultDeviceClaim(spec),
    validateCreate: ({ spec }) => [...validateDeviceClaim(spec, 'spec.devices')],
    validateUpdate: ({ spec }, old) => [...immutable('spec', spec, old.spec)],
    validateStatusUpdate: (claim, old) => [...validateClaimStatus(claim, old)],
  },
  subresources: [bareStatusSubresource],
  columns: [nameColumn, column('State', 'How far it is.', state), ageColumn],
})

function state({ metadata, status }: ResourceClaim): string {
  const states = metadata.deletionTimestamp ? ['deleted'] : []
  if (status?.allocation) {
    states.push('allocated')
    if ((status.reservedFor ?? []).length > 0) states.push('reserved')
  } else if (states.length === 0) states.push('pending')
  return states.join(',')
}
