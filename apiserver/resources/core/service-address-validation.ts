/** A Service's addresses and their families: of one family, in step with each other, of nobody's own machine. */

import { isIP } from 'node:net'
import type { Service } from '../../../api/types.ts'
import { duplicate, type FieldErrors, invalid, oneOf } from '../field-errors.ts'
import { familyOf, validateIp, validateNonSpecialIp } from './ip-validation.ts'
import { isHeadless, needsClusterIp } from './service-defaults.ts'

type Spec = NonNullable<Service['spec']>

const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
const families = ['IPv4', 'IPv6']

/** The addresses of a Service, those that it asks for and those from outside. */
export function* validateAddresses(spec: Spec): FieldErrors {
  if (needsClusterIp(spec)) yield* validateClusterIps(spec)
  for (const [index, address] of (spec.externalIPs ?? []).entries()) {
    yield* validateIp(address, `spec.externalIPs[${index}]`)
    yield* validateNonSpecialIp(address, `spec.externalIPs[${index}]`)
  }
}

function* validateClusterIps(spec: Spec): FieldErrors {
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec
  const at = 'spec.clusterIPs'
  if (clusterIP && clusterIPs[0] !== clusterIP)
    yield invalid(at, clusterIPs, 'first value must match `clusterIP`')
  if (!clusterIP && clusterIPs.length > 0)
    yield invalid(at, clusterIPs, 'must be empty when `clusterIP` is not specified')
  const seen = new Set<string>()
  for (const [index, family] of ipFamilies.entries()) {
    yield* oneOf(`spec.ipFamilies[${index}]`, family, families)
    if (seen.has(family)) yield duplicate(`spec.ipFamilies[${index}]`, family)
    seen.add(family)
  }
  yield* oneOf('spec.ipFamilyPolicy', ipFamilyPolicy, policies)
  for (const [index, address] of clusterIPs.entries())
    if (address !== 'None' || index > 0) yield* validateIp(address, `${at}[${index}]`)
  if (clusterIPs[0] === 'None' && clusterIPs.length > 1)
    yield invalid(at, clusterIPs, "'None' must be the first and only value")
  else if (clusterIPs.length > 1)
    yield invalid(at, clusterIPs, 'this cluster is not configured for dual-stack services')
  yield* validateFamilies(spec)
}

/** One family serves the cluster; a headless Service without selector may name any, as it has no address of its own. */
function* validateFamilies(spec: Spec): FieldErrors {
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec
  if (isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0) return
  if (ipFamilyPolicy === 'RequireDualStack')
    yield invalid(
      'spec.ipFamilyPolicy',
      ipFamilyPolicy,
      'this cluster is not configured for dual-stack services',
    )
  if (ipFamilies.length > 1)
    yield invalid('spec.ipFamilies[1]', ipFamilies[1], 'not configured on this cluster')
  const [address] = clusterIPs
  const [family] = ipFamilies
  if (address && isIP(address) && family && family !== familyOf(address))
    yield invalid(
      'spec.clusterIPs[0]',
      address,
      `expected an ${family} value as indicated by \`ipFamilies[0]\``,
    )
}
