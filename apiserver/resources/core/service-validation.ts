/** Services: ports, addresses, and that the fields fit the type. */

import { isIP } from 'node:net'
import type { Service } from '../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required,
} from '../field-errors.ts'
import { validateLabels } from '../label-selector-validation.ts'
import {
  labelProblems,
  portNumberProblems,
  qualifiedNameProblems,
  subdomainProblems,
} from '../name-validation.ts'
import { validateIp, validateRange } from './ip-validation.ts'
import { protocols } from './pod/container-validation.ts'
import { validatePortOrName } from './pod/probe-validation.ts'
import { validateAddresses } from './service-address-validation.ts'
import {
  isExternallyAccessible,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
} from './service-defaults.ts'

type Spec = NonNullable<Service['spec']>
type Port = NonNullable<Spec['ports']>[number]

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const traffic = ['Cluster', 'Local']

export function* validateService({ spec }: Service, old?: Service): FieldErrors {
  if (!spec) return yield required('spec')
  if (!spec.type) yield required('spec.type')
  else yield* oneOf('spec.type', spec.type, types)
  if ((spec.ports ?? []).length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName')
    yield required('spec.ports')
  yield* validateType(spec)
  yield* validatePorts(spec)
  yield* validateLabels(spec.selector, 'spec.selector')
  yield* validateAffinity(spec)
  yield* validateAddresses(spec)
  yield* validateBalancing(spec, old?.spec?.loadBalancerSourceRanges)
  yield* validateTraffic(spec)
}

function* validateType(spec: Spec): FieldErrors {
  switch (spec.type) {
    case 'LoadBalancer':
    case 'NodePort':
      if (isHeadless(spec))
        yield invalid(
          'spec.clusterIPs[0]',
          'None',
          `may not be set to 'None' for ${spec.type} services`,
        )
      break
    case 'ExternalName': {
      for (const name of ['clusterIPs', 'ipFamilies'] as const)
        if ((spec[name] ?? []).length > 0)
          yield forbidden(`spec.${name}`, 'may not be set for ExternalName services')
      if (spec.ipFamilyPolicy !== undefined)
        yield forbidden('spec.ipFamilyPolicy', 'may not be set for ExternalName services')
      const name = (spec.externalName ?? '').replace(/\.$/, '')
      if (name === '') yield required('spec.externalName')
      else yield* invalidFor('spec.externalName', name, subdomainProblems(name))
      break
    }
    case 'ClusterIP':
      for (const [index, { nodePort }] of (spec.ports ?? []).entries())
        if (nodePort)
          yield forbidden(
            `spec.ports[${index}].nodePort`,
            "may not be used when `type` is 'ClusterIP'",
          )
      break
  }
}

function* validatePorts({ ports = [] }: Spec): FieldErrors {
  const names = new Set<string>()
  const taken = new Set<string>()
  const nodePorts = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`
    if (port.name) {
      yield* invalidFor(`${at}.name`, port.name, labelProblems(port.name))
      if (names.has(port.name)) yield duplicate(`${at}.name`, port.name)
      names.add(port.name)
    } else if (ports.length > 1) yield required(`${at}.name`)
    yield* validatePort(port, at)
    const { protocol, nodePort } = port
    const onNode = `${protocol}/${nodePort}`
    if (nodePort && nodePorts.has(onNode)) yield duplicate(`${at}.nodePort`, nodePort)
    nodePorts.add(onNode)
    const pair = `${protocol}/${port.port}`
    if (taken.has(pair)) yield duplicate(at, { protocol, port: port.port })
    taken.add(pair)
  }
}

function* validatePort(port: Port, field: string): FieldErrors {
  yield* invalidFor(`${field}.port`, port.port ?? 0, portNumberProblems(port.port))
  if (!port.protocol) yield required(`${field}.protocol`)
  else yield* oneOf(`${field}.protocol`, port.protocol, protocols)
  yield* validatePortOrName(port.targetPort, `${field}.targetPort`)
  if (port.nodePort)
    yield* invalidFor(`${field}.nodePort`, port.nodePort, portNumberProblems(port.nodePort))
  if (port.appProtocol !== undefined)
    yield* invalidFor(
      `${field}.appProtocol`,
      port.appProtocol,
      qualifiedNameProblems(port.appProtocol),
    )
}

/** A day: longer is not sticky but stuck. */
const longestAffinity = 86400

function* validateAffinity({ sessionAffinity, sessionAffinityConfig }: Spec): FieldErrors {
  if (!sessionAffinity) return yield required('spec.sessionAffinity')
  yield* oneOf('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None'])
  const at = 'spec.sessionAffinityConfig'
  if (sessionAffinity !== 'ClientIP') {
    if (sessionAffinityConfig) yield forbidden(at, 'must not be set when session affinity is None')
    return
  }
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (seconds === undefined) yield required(at, 'when session affinity type is ClientIP')
  else if (seconds <= 0 || seconds > longestAffinity)
    yield invalid(
      `${at}.clientIP.timeoutSeconds`,
      seconds,
      `must be greater than 0 and less than ${longestAffinity}`,
    )
}

/** @param kept ranges that may stay as they are written */
function* validateBalancing(spec: Spec, kept: readonly string[] | undefined): FieldErrors {
  const balanced = spec.type === 'LoadBalancer'
  const only = "may only be used when `type` is 'LoadBalancer'"
  const ranges = spec.loadBalancerSourceRanges ?? []
  if (ranges.length > 0 && !balanced) yield forbidden('spec.LoadBalancerSourceRanges', only)
  for (const [index, range] of ranges.entries())
    yield* validateRange(range.trim(), `spec.LoadBalancerSourceRanges[${index}]`, kept)
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balanced)
    yield forbidden('spec.allocateLoadBalancerNodePorts', only)
  if (spec.loadBalancerClass === undefined) return
  if (balanced)
    yield* invalidFor(
      'spec.loadBalancerClass',
      spec.loadBalancerClass,
      qualifiedNameProblems(spec.loadBalancerClass),
    )
  else yield forbidden('spec.loadBalancerClass', only)
}

function* validateTraffic(spec: Spec): FieldErrors {
  const { externalTrafficPolicy, internalTrafficPolicy, healthCheckNodePort } = spec
  if (!isExternallyAccessible(spec)) {
    if (externalTrafficPolicy)
      yield invalid(
        'spec.externalTrafficPolicy',
        externalTrafficPolicy,
        'may only be set for externally-accessible services',
      )
  } else if (!externalTrafficPolicy) yield required('spec.externalTrafficPolicy')
  else yield* oneOf('spec.externalTrafficPolicy', externalTrafficPolicy, traffic)
  if (healthCheckNodePort && !needsHealthCheckPort(spec))
    yield invalid(
      'spec.healthCheckNodePort',
      healthCheckNodePort,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    )
  else if (healthCheckNodePort)
    yield* invalidFor(
      'spec.healthCheckNodePort',
      healthCheckNodePort,
      portNumberProblems(healthCheckNodePort),
    )
  if (internalTrafficPolicy === undefined && needsClusterIp(spec))
    yield required('spec.internalTrafficPolicy')
  yield* oneOf('spec.internalTrafficPolicy', internalTrafficPolicy, traffic)
  yield* oneOf('spec.trafficDistribution', spec.trafficDistribution, [
    'PreferClose',
    'PreferSameNode',
    'PreferSameZone',
  ])
}

/** An address once given stays, unless the Service becomes or was one without addresses. */
export function* validateServiceUpdate(service: Service, old: Service): FieldErrors {
  const { spec } = service
  const { spec: before } = old
  if (!spec || !before) return
  if (needsClusterIp(spec) && needsClusterIp(before)) {
    const now = spec.clusterIPs ?? []
    const then = before.clusterIPs ?? []
    if (then.length > 0 && now.length === 0)
      yield invalid('spec.clusterIPs[0]', now, 'primary clusterIP can not be unset')
    else if (then.length > 0 && now[0] !== then[0])
      yield invalid('spec.clusterIPs[0]', now, 'may not change once set')
    const family = before.ipFamilies?.[0]
    if (
      isHeadless(spec) === isHeadless(before) &&
      !isHeadless(spec) &&
      family &&
      spec.ipFamilies?.[0] !== family
    )
      yield invalid('spec.ipFamilies[0]', spec.ipFamilies ?? null, 'may not change once set')
  }
  if (
    spec.type === 'LoadBalancer' &&
    before.type === 'LoadBalancer' &&
    spec.loadBalancerClass !== before.loadBalancerClass
  )
    yield invalid(
      'spec.loadBalancerClass',
      spec.loadBalancerClass ?? null,
      'may not change once set',
    )
  if (
    needsHealthCheckPort(spec) &&
    needsHealthCheckPort(before) &&
    spec.healthCheckNodePort !== before.healthCheckNodePort
  )
    yield forbidden('spec.healthCheckNodePort', 'field is immutable')
}

export function* validateServiceStatus({ spec, status }: Service): FieldErrors {
  const ingress = status?.loadBalancer?.ingress ?? []
  const at = 'status.loadBalancer.ingress'
  if (ingress.length > 0 && spec?.type !== 'LoadBalancer')
    return yield forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")
  for (const [index, { ip, ipMode, hostname }] of ingress.entries()) {
    const here = `${at}[${index}]`
    if (ip) yield* validateIp(ip, `${here}.ip`)
    if (ip && !ipMode) yield required(`${here}.ipMode`, 'must be specified when `ip` is set')
    if (ipMode && !ip)
      yield forbidden(`${here}.ipMode`, 'may not be specified when `ip` is not set')
    else if (ipMode && ipMode !== 'VIP' && ipMode !== 'Proxy')
      yield notSupported(`${here}.ipMode`, ipMode, ['Proxy', 'VIP'])
    if (!hostname) continue
    yield* invalidFor(`${here}.hostname`, hostname, subdomainProblems(hostname))
    if (isIP(hostname))
      yield invalid(`${here}.hostname`, hostname, 'must be a DNS name, not an IP address')
  }
}
