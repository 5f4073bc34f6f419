/** NetworkPolicy: who may speak with the pods it selects. The API keeps it; nothing here enforces it. */

import { BlockList, isIP } from 'node:net'
import type { NetworkPolicy } from '../../../api/types.ts'
import { ageColumn, column, formatLabelSelector, nameColumn } from '../common-columns.ts'
import { validateCidr, validateRange } from '../core/ip-validation.ts'
import { cidrWarnings } from '../core/ip-warnings.ts'
import type { Warnings } from '../core/node-label-warnings.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required,
} from '../field-errors.ts'
import { validateLabelSelector } from '../label-selector-validation.ts'
import { portNameProblems, portNumberProblems } from '../name-validation.ts'
import { defineResource } from '../resource.ts'

type Spec = NonNullable<NetworkPolicy['spec']>
type Rule = NonNullable<Spec['ingress']>[number]
type Port = NonNullable<Rule['ports']>[number]
type Peer = NonNullable<Rule['from']>[number]

const policyTypes = ['Ingress', 'Egress']

export const networkPolicies = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  strategy: {
    default: defaultNetworkPolicy,
    validateCreate: (policy) => [...validate(policy, [])],
    validateUpdate: (policy, old) => [
      ...validate(
        policy,
        [...rangesOf(old)].map(({ cidr }) => cidr),
      ),
    ],
    warnings,
  },
  subresources: [],
  columns: [
    nameColumn,
    column('Pod-Selector', 'The pods it is about.', ({ spec }) =>
      formatLabelSelector(spec?.podSelector),
    ),
    ageColumn,
  ],
})

function defaultNetworkPolicy(policy: NetworkPolicy): void {
  policy.spec ??= {}
  const { spec } = policy
  spec.podSelector ??= {}
  if ((spec.policyTypes ?? []).length === 0)
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  for (const { ports = [] } of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
    for (const port of ports) port.protocol ??= 'TCP'
}

interface Range {
  cidr: string
  field: string
}

function* rangesOf({ spec = {} }: NetworkPolicy): Generator<Range, void, undefined> {
  for (const [index, { from }] of (spec.ingress ?? []).entries())
    yield* rangesOfPeers(from, `spec.ingress[${index}].from`)
  for (const [index, { to }] of (spec.egress ?? []).entries())
    yield* rangesOfPeers(to, `spec.egress[${index}].to`)
}

function* rangesOfPeers(
  peers: Peer[] | undefined,
  field: string,
): Generator<Range, void, undefined> {
  for (const [index, { ipBlock }] of (peers ?? []).entries()) {
    const at = `${field}[${index}].ipBlock`
    if (ipBlock?.cidr) yield { cidr: ipBlock.cidr, field: `${at}.cidr` }
    for (const [which, cidr] of (ipBlock?.except ?? []).entries())
      yield { cidr, field: `${at}.except[${which}]` }
  }
}

function* warnings(policy: NetworkPolicy): Warnings {
  for (const { cidr, field } of rangesOf(policy)) yield* cidrWarnings(cidr, field)
}

/** @param kept ranges that may stay as they are written */
function* validate(policy: NetworkPolicy, kept: readonly string[]): FieldErrors {
  const { spec = {} } = policy
  for (const { cidr, field } of rangesOf(policy)) yield* validateRange(cidr, field, kept)
  yield* validateLabelSelector(spec.podSelector, 'spec.podSelector')
  for (const [index, { ports, from }] of (spec.ingress ?? []).entries())
    yield* validateRule(ports, from, `spec.ingress[${index}]`, 'from')
  for (const [index, { ports, to }] of (spec.egress ?? []).entries())
    yield* validateRule(ports, to, `spec.egress[${index}]`, 'to')
  const types = spec.policyTypes ?? []
  if (types.length > policyTypes.length)
    yield invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')
  else
    for (const [index, type] of types.entries())
      yield* oneOf(`spec.policyTypes[${index}]`, type, policyTypes)
}

function* validateRule(
  ports: Port[] = [],
  peers: Peer[] = [],
  field: string,
  direction: 'from' | 'to',
): FieldErrors {
  for (const [index, port] of ports.entries()) yield* validatePort(port, `${field}.ports[${index}]`)
  for (const [index, peer] of peers.entries())
    yield* validatePeer(peer, `${field}.${direction}[${index}]`)
}

function* validatePort({ protocol, port, endPort }: Port, field: string): FieldErrors {
  if (protocol !== undefined && !['TCP', 'UDP', 'SCTP'].includes(protocol))
    yield notSupported(`${field}.protocol`, protocol, ['TCP', 'UDP', 'SCTP'])
  const end = `${field}.endPort`
  if (typeof port === 'number') {
    yield* invalidFor(`${field}.port`, port, portNumberProblems(port))
    if (endPort === undefined) return
    if (endPort < port) yield invalid(end, endPort, 'must be greater than or equal to `port`')
    yield* invalidFor(end, endPort, portNumberProblems(endPort))
  } else if (port === undefined) {
    if (endPort !== undefined)
      yield invalid(end, endPort, 'may not be specified when `port` is not specified')
  } else {
    if (endPort !== undefined)
      yield invalid(end, endPort, 'may not be specified when `port` is non-numeric')
    const name = String(port)
    yield* invalidFor(`${field}.port`, name, portNameProblems(name))
  }
}

function* validatePeer(
  { podSelector, namespaceSelector, ipBlock }: Peer,
  field: string,
): FieldErrors {
  if (podSelector) yield* validateLabelSelector(podSelector, `${field}.podSelector`)
  if (namespaceSelector)
    yield* validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`)
  if (ipBlock) yield* validateIpBlock(ipBlock, `${field}.ipBlock`)
  const others = podSelector !== undefined || namespaceSelector !== undefined
  if (!others && !ipBlock) yield required(field, 'must specify a peer')
  if (others && ipBlock) yield forbidden(field, 'may not specify both ipBlock and another peer')
}

function* validateIpBlock(
  { cidr, except = [] }: NonNullable<Peer['ipBlock']>,
  field: string,
): FieldErrors {
  if (!cidr) return yield required(`${field}.cidr`)
  for (const [index, inner] of except.entries()) {
    const at = `${field}.except[${index}]`
    const isRead = [cidr, inner].every((range) => [...validateCidr(range, at)].length === 0)
    if (isRead && !isStrictlyWithin(inner, cidr))
      yield invalid(at, inner, 'must be a strict subset of `cidr`')
  }
}

/** Both are well-formed. */
function isStrictlyWithin(inner: string, outer: string): boolean {
  const [innerAddress = '', innerBits] = inner.split('/')
  const [outerAddress = '', outerBits] = outer.split('/')
  const family = isIP(outerAddress)
  if (isIP(innerAddress) !== family || Number(innerBits) <= Number(outerBits)) return false
  const range = new BlockList()
  const type = family === 4 ? 'ipv4' : 'ipv6'
  range.addSubnet(outerAddress, Number(outerBits), type)
  return range.check(innerAddress, type)
}
