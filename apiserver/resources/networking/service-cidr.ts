/** ServiceCIDR: a range from which Services take their addresses. */

import type { ServiceCIDR } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { bareStatusSubresource } from '../common-subresources.ts'
import { familyOf } from '../core/ip-validation.ts'
import { type FieldErrors, invalid, required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { bareStatusStrategy } from '../status-strategy.ts'
import { validateCanonicalCidr } from './canonical-ip-validation.ts'

/** The one that the server makes of the range that it is told. */
export const defaultServiceCidr = 'kubernetes'

const field = 'spec.cidrs'
const fixed = 'field is immutable'
const cidrsOf = ({ spec }: ServiceCIDR) => spec?.cidrs ?? []

export const serviceCidrs = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  strategy: {
    ...bareStatusStrategy<ServiceCIDR>(() => ({})),
    generation: false,
    validateCreate: (range) => [...validate(range)],
    validateUpdate: (range, old) => [...validateUpdate(range, old)],
  },
  subresources: [bareStatusSubresource],
  columns: [
    nameColumn,
    column('CIDRs', 'The ranges, one a family.', (range) => cidrsOf(range).join(',')),
    ageColumn,
  ],
})

function* validate(range: ServiceCIDR): FieldErrors {
  const cidrs = cidrsOf(range)
  if (cidrs.length === 0) return yield required(field, 'at least one CIDR required')
  if (cidrs.length > 2) return yield invalid(field, range.spec, 'may only hold up to 2 values')
  const families = new Set<string>()
  let wellFormed = true
  for (const [index, cidr] of cidrs.entries()) {
    const problems = [...validateCanonicalCidr(cidr, `${field}[${index}]`)]
    yield* problems
    wellFormed &&= problems.length === 0
    families.add(familyOf(cidr.split('/')[0] ?? ''))
  }
  if (wellFormed && families.size < cidrs.length)
    yield invalid(
      field,
      cidrs,
      'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    )
}

/** One family may be joined by the other; nothing else changes. */
function* validateUpdate(range: ServiceCIDR, old: ServiceCIDR): FieldErrors {
  const [cidrs, before] = [cidrsOf(range), cidrsOf(old)]
  const grows = before.length === 1 && cidrs.length === 2
  if (cidrs.length !== before.length && !grows) return yield invalid(field, cidrs, fixed)
  for (const [index, cidr] of before.entries())
    if (cidrs[index] !== cidr) yield invalid(`${field}[${index}]`, cidrs[index], fixed)
  if (grows) yield* validate(range)
}
