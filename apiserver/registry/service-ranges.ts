/** From which ranges Services get their addresses at this moment: the IPv4 ones of all ServiceCIDRs that are ready and stay. */

import type { ServiceCIDR } from '../../api/types.ts'
import { defaultServiceCidr } from '../resources/networking/service-cidr.ts'
import type { Lister } from './lister.ts'

/** @param told what the server was told: until its ServiceCIDR is there, addresses come from it as well */
export function serviceRanges(lister: Pick<Lister, 'list'>, told: string): string[] {
  const all = lister
    .list('servicecidrs.networking.k8s.io', '')
    .map(({ object }) => object as unknown as ServiceCIDR)
  const ranges = all.filter(givesAddresses).flatMap(({ spec }) => spec?.cidrs ?? [])
  if (!all.some(({ metadata }) => metadata?.name === defaultServiceCidr)) ranges.unshift(told)
  return [...new Set(ranges)].filter((cidr) => !cidr.includes(':'))
}

/** One of which nobody has said whether it is ready is. */
function givesAddresses({ metadata, status }: ServiceCIDR): boolean {
  if (metadata?.deletionTimestamp) return false
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return ready === undefined || ready.status === 'True'
}
