/** What is legal in a Service and has no effect, or will have none. */

import type { Service } from '../../../api/types.ts'
import { cidrWarnings, ipWarnings } from './ip-warnings.ts'
import type { Warnings } from './node-label-warnings.ts'
import { isHeadless, needsClusterIp } from './service-defaults.ts'

const hints = 'service.kubernetes.io/topology-aware-hints'

export function* serviceWarnings({ metadata, spec }: Service): Warnings {
  if (metadata.annotations?.[hints] !== undefined)
    yield `annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`
  if (!spec) return
  const { type, clusterIPs = [], externalIPs = [], loadBalancerIP } = spec
  if (needsClusterIp(spec) && !isHeadless(spec))
    for (const [index, address] of clusterIPs.entries())
      yield* ipWarnings(address, `spec.clusterIPs[${index}]`)
  if (type === 'ClusterIP' && isHeadless(spec)) {
    if (loadBalancerIP) yield 'spec.loadBalancerIP is ignored for headless services'
    if (externalIPs.length > 0) yield 'spec.externalIPs is ignored for headless services'
    if (spec.sessionAffinity !== 'None')
      yield 'spec.SessionAffinity is ignored for headless services'
  }
  for (const [index, address] of externalIPs.entries())
    yield* ipWarnings(address, `spec.externalIPs[${index}]`)
  if (loadBalancerIP) yield* ipWarnings(loadBalancerIP, 'spec.loadBalancerIP')
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries())
    yield* cidrWarnings(range, `spec.loadBalancerSourceRanges[${index}]`)
  if (type === 'ExternalName' && externalIPs.length > 0)
    yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
  if (type !== 'ExternalName' && spec.externalName)
    yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
  if (spec.trafficDistribution === 'PreferClose')
    yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'
}
