/** Endpoints and EndpointSlices: addresses that traffic may be sent to, ports with names of their own. */

import type { EndpointSlice, Endpoints } from '../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  invalid,
  invalidFor,
  oneOf,
  required,
  tooMany,
} from '../field-errors.ts'
import {
  labelProblems,
  labelValueProblems,
  portNumberProblems,
  qualifiedNameProblems,
  subdomainProblems,
} from '../name-validation.ts'
import { validateIp, validateIpv4, validateIpv6, validateNonSpecialIp } from './ip-validation.ts'
import { protocols } from './pod/container-validation.ts'

type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]
type Endpoint = NonNullable<EndpointSlice['endpoints']>[number]
type SlicePort = NonNullable<EndpointSlice['ports']>[number]

export function* validateEndpoints({ subsets }: Endpoints): FieldErrors {
  for (const [index, subset] of (subsets ?? []).entries()) {
    const at = `subsets[${index}]`
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      yield required(at, 'must specify `addresses` or `notReadyAddresses`')
    for (const [list, some] of Object.entries({ addresses, notReadyAddresses }))
      for (const [place, address] of some.entries())
        yield* validateAddress(address, `${at}.${list}[${place}]`)
    for (const [place, port] of ports.entries()) {
      const here = `${at}.ports[${place}]`
      if (port.name) yield* invalidFor(`${here}.name`, port.name, labelProblems(port.name))
      else if (ports.length > 1) yield required(`${here}.name`)
      yield* validatePort(port, here)
    }
  }
}

function* validateAddress({ ip, hostname, nodeName }: Address, field: string): FieldErrors {
  yield* validateIp(ip, `${field}.ip`)
  if (hostname) yield* invalidFor(`${field}.hostname`, hostname, labelProblems(hostname))
  if (nodeName !== undefined)
    yield* invalidFor(`${field}.nodeName`, nodeName, subdomainProblems(nodeName))
  yield* validateNonSpecialIp(ip, `${field}.ip`)
}

function* validatePort(
  { port, protocol, appProtocol }: { port?: number; protocol?: string; appProtocol?: string },
  field: string,
): FieldErrors {
  yield* invalidFor(`${field}.port`, port ?? 0, portNumberProblems(port ?? 0))
  yield* validateProtocols(protocol, appProtocol, field)
}

function* validateProtocols(
  protocol: string | undefined,
  appProtocol: string | undefined,
  field: string,
): FieldErrors {
  if (!protocol) yield required(`${field}.protocol`)
  else yield* oneOf(`${field}.protocol`, protocol, protocols)
  if (appProtocol !== undefined)
    yield* invalidFor(`${field}.appProtocol`, appProtocol, qualifiedNameProblems(appProtocol))
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6']
const mostEndpoints = 1000
const mostAddresses = 100
const mostPorts = 20_000
const mostHints = 8

export function* validateEndpointSlice(slice: EndpointSlice): FieldErrors {
  const { addressType, endpoints, ports } = slice
  if (!addressType) yield required('addressType')
  else yield* oneOf('addressType', addressType, addressTypes)
  const count = (endpoints ?? []).length
  if (count > mostEndpoints) yield tooMany('endpoints', count, mostEndpoints)
  else
    for (const [index, endpoint] of (endpoints ?? []).entries())
      yield* validateEndpoint(endpoint, addressType, `endpoints[${index}]`)
  yield* validateSlicePorts(ports ?? [])
}

function* validateEndpoint(endpoint: Endpoint, addressType: string, field: string): FieldErrors {
  const { addresses = [], hostname, nodeName, hints } = endpoint
  const at = `${field}.addresses`
  if (addresses.length === 0) yield required(at, 'must contain at least 1 address')
  else if (addresses.length > mostAddresses) yield tooMany(at, addresses.length, mostAddresses)
  for (const [index, address] of addresses.entries())
    yield* validateSliceAddress(address, addressType, `${at}[${index}]`)
  if (hostname !== undefined)
    yield* invalidFor(`${field}.hostname`, hostname, labelProblems(hostname))
  if (nodeName !== undefined)
    yield* invalidFor(`${field}.nodeName`, nodeName, subdomainProblems(nodeName))
  const { forZones = [], forNodes = [] } = hints ?? {}
  yield* validateHints(forZones, labelValueProblems, `${field}.hints.forZones`)
  yield* validateHints(forNodes, subdomainProblems, `${field}.hints.forNodes`)
}

function* validateHints(
  hints: { name: string }[],
  problems: (name: string) => string[],
  field: string,
): FieldErrors {
  if (hints.length > mostHints) return yield tooMany(field, hints.length, mostHints)
  const seen = new Set<string>()
  for (const [index, { name }] of hints.entries()) {
    const at = `${field}[${index}].name`
    if (seen.has(name)) yield duplicate(at, name)
    seen.add(name)
    yield* invalidFor(at, name, problems(name))
  }
}

function* validateSliceAddress(address: string, type: string, field: string): FieldErrors {
  switch (type) {
    case 'IPv4':
      yield* validateIpv4(address, field)
      yield* validateNonSpecialIp(address, field)
      break
    case 'IPv6':
      yield* validateIpv6(address, field)
      yield* validateNonSpecialIp(address, field)
      break
    case 'FQDN':
      yield* validateDomainName(address, field)
      break
  }
}

function* validateDomainName(text: string, field: string): FieldErrors {
  if (!text) return yield required(field)
  const name = text.replace(/\.$/, '')
  const problems = subdomainProblems(name)
  if (problems.length > 0) return yield invalid(field, name, problems.join(','))
  if (!name.includes('.'))
    yield invalid(field, name, 'should be a domain with at least two segments separated by dots')
}

function* validateSlicePorts(ports: SlicePort[]): FieldErrors {
  if (ports.length > mostPorts) return yield tooMany('ports', ports.length, mostPorts)
  const names = new Set<string>()
  for (const [index, { name = '', port, protocol, appProtocol }] of ports.entries()) {
    const at = `ports[${index}]`
    if (name !== '') yield* invalidFor(`${at}.name`, name, labelProblems(name))
    if (names.has(name)) yield duplicate(`${at}.name`, name)
    names.add(name)
    if (port !== undefined) yield* invalidFor(`${at}.port`, port, portNumberProblems(port))
    yield* validateProtocols(protocol, appProtocol, at)
  }
}
