/** What a Service takes from the cluster's pools: its address, its node ports. */

import type { Service } from '../../../api/types.ts'
import { invalid } from '../field-errors.ts'
import type { Allocation } from '../resource.ts'
import { familyOf } from './ip-validation.ts'
import {
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePort,
} from './service-defaults.ts'

type Spec = NonNullable<Service['spec']>

/** What it needs and does not yet hold. */
export function serviceAllocations({ spec }: Service, old: Service | undefined): Allocation[] {
  if (!spec) return []
  const held = new Set(
    (old ? serviceHoldings(old) : []).map(({ pool, value }) => `${pool}/${value}`),
  )
  const wants = [...addressWanted(spec), ...portsWanted(spec), ...healthPortWanted(spec)]
  // What is asked for by value goes first: any other must not take it.
  wants.sort((a, b) => Number(!a.wanted) - Number(!b.wanted))
  return wants.filter(({ pool, wanted }) => !wanted || !held.has(`${pool}/${wanted}`))
}

/** What it holds: given back when it is gone or no longer listed. */
export function serviceHoldings({ spec }: Service): { pool: Allocation['pool']; value: string }[] {
  if (!spec || !needsClusterIp(spec)) return []
  const addresses = isHeadless(spec) ? [] : (spec.clusterIPs ?? [])
  const ports = new Set(
    [...(spec.ports ?? []).map(({ nodePort }) => nodePort), spec.healthCheckNodePort].filter(
      (port) => port !== undefined && port !== 0,
    ),
  )
  return [
    ...addresses.map((value) => ({ pool: 'clusterip' as const, value })),
    ...[...ports].map((port) => ({ pool: 'nodeport' as const, value: String(port) })),
  ]
}

function addressWanted(spec: Spec): Allocation[] {
  if (!needsClusterIp(spec) || isHeadless(spec)) return []
  const wanted = spec.clusterIPs?.[0] || spec.clusterIP
  return [
    {
      pool: 'clusterip',
      ...(wanted && { wanted }),
      refuse: (problem) => invalid('spec.clusterIPs', spec.clusterIPs ?? [wanted], problem),
      set(value) {
        spec.clusterIP = value
        spec.clusterIPs = [value]
        spec.ipFamilies = [familyOf(value)]
      },
    },
  ]
}

/** One number serves two protocols: DNS over UDP and TCP, say. */
function portsWanted(spec: Spec): Allocation[] {
  if (!needsNodePort(spec)) return []
  const taken = new Set<number>()
  const wants: Allocation[] = []
  for (const [index, port] of (spec.ports ?? []).entries()) {
    if (port.nodePort && taken.has(port.nodePort)) continue
    if (port.nodePort) taken.add(port.nodePort)
    wants.push({
      pool: 'nodeport',
      ...(port.nodePort && { wanted: String(port.nodePort) }),
      refuse: (problem) => invalid(`spec.ports[${index}].nodePort`, port.nodePort, problem),
      set(value) {
        port.nodePort = Number(value)
      },
    })
  }
  return wants
}

function healthPortWanted(spec: Spec): Allocation[] {
  if (!needsHealthCheckPort(spec)) return []
  return [
    {
      pool: 'nodeport',
      ...(spec.healthCheckNodePort && { wanted: String(spec.healthCheckNodePort) }),
      refuse: (problem) => invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, problem),
      set(value) {
        spec.healthCheckNodePort = Number(value)
      },
    },
  ]
}
