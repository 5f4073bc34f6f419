/** What a Service means when it does not say, and what becomes of its fields when its type changes. */

import type { Service } from '../../../api/types.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { familyOf } from './ip-validation.ts'

type Spec = NonNullable<Service['spec']>
type Port = NonNullable<Spec['ports']>[number]

/** Three hours: how long a client sticks to one pod. */
const affinitySeconds = 10800

export const isHeadless = ({ clusterIP, clusterIPs }: Spec): boolean =>
  (clusterIPs?.[0] ?? clusterIP) === 'None'
export const needsClusterIp = ({ type }: Spec): boolean => type !== 'ExternalName'
export const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: Spec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: Spec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
export const isExternallyAccessible = ({ type, externalIPs }: Spec): boolean =>
  type === 'LoadBalancer' ||
  type === 'NodePort' ||
  (type === 'ClusterIP' && (externalIPs ?? []).length > 0)

/** Changes `service`; idempotent. */
export function defaultService({ spec, status }: Service): void {
  if (!spec) return
  spec.type ||= 'ClusterIP'
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  else if (spec.sessionAffinity === 'ClientIP')
    spec.sessionAffinityConfig = {
      clientIP: {
        timeoutSeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinitySeconds,
      },
    }
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    port.targetPort ||= port.port
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster'
  if (needsClusterIp(spec)) spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true
    for (const ingress of status?.loadBalancer?.ingress ?? [])
      if (ingress.ip) ingress.ipMode ??= 'VIP'
  }
}

/** Brings the fields about addresses into step with each other; addresses that are missing come later. */
export function settleAddressFields(spec: Spec): void {
  if (!needsClusterIp(spec)) return
  if (spec.clusterIP && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP]
  const selectsNothing = Object.keys(spec.selector ?? {}).length === 0
  const anyFamily = isHeadless(spec) && selectsNothing
  spec.ipFamilyPolicy ??= anyFamily ? 'RequireDualStack' : 'SingleStack'
  if ((spec.ipFamilies ?? []).length === 0)
    spec.ipFamilies = isHeadless(spec) ? ['IPv4'] : familiesOf(spec)
  if (anyFamily && spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies?.length === 1)
    spec.ipFamilies.push(spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4')
}

function familiesOf({ clusterIPs }: Spec): string[] {
  const families = (clusterIPs ?? []).map(familyOf)
  return families.length > 0 ? families : ['IPv4']
}

/** An update that does not repeat what was allocated keeps it; one that changes the type lets go of the rest. */
export function carryOver(spec: Spec, old: Spec): void {
  dropForType(spec, old)
  if (needsClusterIp(spec) && needsClusterIp(old)) {
    spec.clusterIP ||= old.clusterIP
    if ((spec.clusterIPs ?? []).length === 0 && spec.clusterIP === old.clusterIP)
      spec.clusterIPs = old.clusterIPs
    else if (spec.clusterIP !== old.clusterIP && semanticallyEqual(spec.clusterIPs, old.clusterIPs))
      spec.clusterIPs = spec.clusterIP ? [spec.clusterIP] : []
    spec.ipFamilyPolicy ??= old.ipFamilyPolicy
    if ((spec.ipFamilies ?? []).length === 0 && old.ipFamilies) spec.ipFamilies = old.ipFamilies
  }
  if (needsNodePort(spec) && needsNodePort(old)) keepNodePorts(spec.ports ?? [], old.ports ?? [])
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old))
    spec.healthCheckNodePort ||= old.healthCheckNodePort
}

/** By the name of the port; a number that the new ports use themselves is not given twice. */
function keepNodePorts(ports: Port[], old: Port[]): void {
  const used = new Set(ports.map(({ nodePort }) => nodePort).filter(Boolean))
  const byName = new Map(old.map(({ name = '', nodePort }) => [name, nodePort]))
  for (const port of ports) {
    const before = byName.get(port.name ?? '')
    if (!port.nodePort && before && !used.has(before)) port.nodePort = before
  }
}

/** Fields that the new type has no use for go, unless they were written just now. */
function dropForType(spec: Spec, old: Spec): void {
  const dropUnchanged = (had: boolean, has: boolean, ...names: (keyof Spec)[]) => {
    if (!had || has) return
    for (const name of names) if (semanticallyEqual(spec[name], old[name])) delete spec[name]
  }
  const balanced = (one: Spec) => one.type === 'LoadBalancer'
  dropUnchanged(
    needsClusterIp(old),
    needsClusterIp(spec),
    'clusterIP',
    'clusterIPs',
    'ipFamilies',
    'ipFamilyPolicy',
    'internalTrafficPolicy',
  )
  if (needsNodePort(old) && !needsNodePort(spec)) dropNodePorts(spec.ports ?? [], old.ports ?? [])
  dropUnchanged(needsHealthCheckPort(old), needsHealthCheckPort(spec), 'healthCheckNodePort')
  dropUnchanged(balanced(old), balanced(spec), 'allocateLoadBalancerNodePorts', 'loadBalancerClass')
  dropUnchanged(isExternallyAccessible(old), isExternallyAccessible(spec), 'externalTrafficPolicy')
}

function dropNodePorts(ports: Port[], old: Port[]): void {
  const before = new Set(old.map(({ nodePort }) => nodePort))
  if (!ports.every(({ nodePort }) => !nodePort || before.has(nodePort))) return
  for (const port of ports) delete port.nodePort
}
