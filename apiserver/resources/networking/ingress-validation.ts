/** What an Ingress must not say: hosts that are addresses, paths with ways back, backends of two kinds. */

import { isIP } from 'node:net'
import type { Ingress } from '../../../api/types.ts'
import { validateIp } from '../core/ip-validation.ts'
import { wildcardSubdomainProblems } from '../domain-name-validation.ts'
import { type FieldErrors, invalid, invalidFor, notSupported, required } from '../field-errors.ts'
import {
  labelProblems,
  portNameProblems,
  portNumberProblems,
  subdomainProblems,
} from '../name-validation.ts'
import { validateTypedReference } from './reference-validation.ts'

type Spec = NonNullable<Ingress['spec']>
type Rule = NonNullable<Spec['rules']>[number]
type Backend = NonNullable<Spec['defaultBackend']>
type Path = NonNullable<Rule['http']>['paths'][number]

const classAnnotation = 'kubernetes.io/ingress.class'
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const ambiguous = ['//', '/./', '/../', '%2f', '%2F']
const ambiguousEnds = ['/..', '/.']
const notAnAddress = 'must be a DNS name, not an IP address'

export function* validateIngress({ spec = {} }: Ingress): FieldErrors {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec
  if (rules.length === 0 && !defaultBackend)
    yield invalid('spec', spec.rules, 'either `defaultBackend` or `rules` must be specified')
  if (defaultBackend) yield* validateBackend(defaultBackend, 'spec.defaultBackend')
  for (const [index, rule] of rules.entries()) yield* validateRule(rule, `spec.rules[${index}]`)
  for (const [index, { hosts = [], secretName }] of tls.entries()) {
    const field = `spec.tls[${index}]`
    for (const [at, host] of hosts.entries()) yield* validateHost(host, `${field}.hosts[${at}]`)
    if (secretName)
      yield* invalidFor(`${field}.secretName`, secretName, subdomainProblems(secretName))
  }
  if (ingressClassName !== undefined)
    yield* invalidFor(
      'spec.ingressClassName',
      ingressClassName,
      subdomainProblems(ingressClassName),
    )
}

export function* validateNewIngress({ metadata, spec }: Ingress): FieldErrors {
  const annotated = metadata.annotations?.[classAnnotation]
  const named = spec?.ingressClassName
  if (annotated !== undefined && named !== undefined && annotated !== named)
    yield invalid(
      `annotations.${classAnnotation}`,
      annotated,
      'must match `ingressClassName` when both are specified',
    )
}

export function* validateIngressStatus({ status }: Ingress): FieldErrors {
  for (const [index, { ip, hostname }] of (status?.loadBalancer?.ingress ?? []).entries()) {
    const field = `status.loadBalancer.ingress[${index}]`
    if (ip) yield* validateIp(ip, `${field}.ip`)
    if (!hostname) continue
    yield* invalidFor(`${field}.hostname`, hostname, subdomainProblems(hostname))
    if (isIP(hostname)) yield invalid(`${field}.hostname`, hostname, notAnAddress)
  }
}

function* validateHost(host: string, field: string): FieldErrors {
  yield* invalidFor(
    field,
    host,
    host.includes('*') ? wildcardSubdomainProblems(host) : subdomainProblems(host),
  )
}

function* validateRule({ host, http }: Rule, field: string): FieldErrors {
  if (host) {
    if (isIP(host)) yield invalid(`${field}.host`, host, notAnAddress)
    yield* validateHost(host, `${field}.host`)
  }
  if (!http) return
  const paths = http.paths ?? []
  if (paths.length === 0) yield required(`${field}.http.paths`)
  for (const [index, path] of paths.entries())
    yield* validatePath(path, `${field}.http.paths[${index}]`)
}

function* validatePath({ pathType, path = '', backend = {} }: Path, field: string): FieldErrors {
  if (!pathType) return yield required(`${field}.pathType`, 'pathType must be specified')
  const absolute = path.startsWith('/')
  switch (pathType) {
    case 'Exact':
    case 'Prefix':
      if (!absolute) yield invalid(`${field}.path`, path, 'must be an absolute path')
      for (const part of ambiguous)
        if (path.includes(part)) yield invalid(`${field}.path`, path, `must not contain '${part}'`)
      for (const end of ambiguousEnds)
        if (path.endsWith(end)) yield invalid(`${field}.path`, path, `cannot end with '${end}'`)
      break
    case 'ImplementationSpecific':
      if (path !== '' && !absolute) yield invalid(`${field}.path`, path, 'must be an absolute path')
      break
    default:
      yield notSupported(`${field}.pathType`, pathType, pathTypes)
  }
  yield* validateBackend(backend, `${field}.backend`)
}

function* validateBackend({ resource, service }: Backend, field: string): FieldErrors {
  if (resource && service) yield invalid(field, '', 'cannot set both resource and service backends')
  else if (resource) yield* validateTypedReference(resource, `${field}.resource`)
  else if (service) yield* validateServiceBackend(service, field)
  else yield invalid(field, '', 'resource or service backend is required')
}

function* validateServiceBackend(
  { name, port = {} }: NonNullable<Backend['service']>,
  field: string,
): FieldErrors {
  if (!name) yield required(`${field}.service.name`)
  else yield* invalidFor(`${field}.service.name`, name, labelProblems(name))
  if (port.name && port.number) yield invalid(field, '', 'cannot set both port name & port number')
  else if (port.name)
    yield* invalidFor(`${field}.service.port.name`, port.name, portNameProblems(port.name))
  else if (port.number)
    yield* invalidFor(`${field}.service.port.number`, port.number, portNumberProblems(port.number))
  else yield required(field, 'port name or number is required')
}
