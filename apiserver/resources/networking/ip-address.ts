/** IPAddress: an address of a ServiceCIDR, and the object that has it. Its name is the address. */

import type { IPAddress } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { type FieldErrors, immutable, invalidFor, required } from '../field-errors.ts'
import { pathSegmentProblems, subdomainProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'
import { canonicalIpProblems } from './canonical-ip-validation.ts'
import { validateSegment } from './reference-validation.ts'

const field = 'spec.parentRef'

export const ipAddresses = defineResource<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IPAddress',
  validateName: canonicalIpProblems,
  strategy: {
    generation: false,
    validateCreate: (address) => [...validate(address)],
    validateUpdate: ({ spec }, old) => [...immutable(field, spec?.parentRef, old.spec?.parentRef)],
  },
  subresources: [],
  columns: [nameColumn, column('ParentRef', 'The object that has the address.', parent), ageColumn],
})

function parent({ spec }: IPAddress): string {
  if (!spec?.parentRef) return '<none>'
  const { group, resource, namespace, name } = spec.parentRef
  const type = (group ? `${resource}.${group}` : resource).toLowerCase()
  return [type, ...(namespace ? [namespace] : []), name].join('/')
}

function* validate({ spec }: IPAddress): FieldErrors {
  if (!spec?.parentRef) return yield required(field)
  const { group, resource, name, namespace } = spec.parentRef
  if (group) yield* invalidFor(`${field}.group`, group, subdomainProblems(group))
  yield* validateSegment(resource, `${field}.resource`)
  yield* validateSegment(name, `${field}.name`)
  if (namespace)
    yield* invalidFor(`${field}.namespace`, namespace, pathSegmentProblems(namespace, false))
}
