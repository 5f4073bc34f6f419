/**
 * What a pod's specification must be, whether it stands in a pod or in a template; and what only a pod is asked for.
 * Field paths and texts are those of the Kubernetes API.
 */

import { nearest } from '../../../../api/json-text.ts'
import type { Container, Pod, PodSpec } from '../../../../api/types.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  notSupported,
  oneOf,
  required,
} from '../../field-errors.ts'
import {
  byteLength,
  labelProblems,
  outsideRange,
  qualifiedNameProblems,
  subdomainProblems,
} from '../../name-validation.ts'
import { validateIp } from '../ip-validation.ts'
import { validateContainers } from './container-validation.ts'
import { validatePodResources } from './pod-resources-validation.ts'
import { validatePodClaims } from './resource-claim-validation.ts'
import { validateRequirements } from './resource-requirements-validation.ts'
import { validateScheduling } from './scheduling-validation.ts'
import { validatePodSecurity } from './security-context-validation.ts'
import { validateVolumes } from './volume-validation.ts'

export const largestInt32 = 2 ** 31 - 1

/** A pod as it stands: on create, and after each update. */
export function* validatePod({ metadata, spec }: Pod): FieldErrors {
  if (!spec) return yield required('spec')
  yield* validatePodAnnotations(metadata.annotations, spec, 'metadata.annotations')
  yield* validatePodSpec(spec, 'spec', { isPod: true, podName: metadata.name })
  yield* validateTokens(spec)
  for (const [list, containers] of Object.entries({
    containers: spec.containers,
    initContainers: spec.initContainers,
    ephemeralContainers: spec.ephemeralContainers as Container[] | undefined,
  }))
    for (const [index, { image }] of (containers ?? []).entries())
      if (image && image.trim() !== image)
        yield invalid(
          `spec.${list}[${index}].image`,
          image,
          'must not have leading or trailing whitespace',
        )
}

/** What is asked of a new pod alone. */
export function* validateNewPod({ spec }: Pod): FieldErrors {
  if ((spec?.ephemeralContainers ?? []).length > 0)
    yield forbidden('spec.ephemeralContainers', 'cannot be set on create')
  if (spec?.nodeName && (spec.schedulingGates ?? []).length > 0)
    yield forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')
}

export function* validatePodAnnotations(
  annotations: Record<string, string> | undefined,
  spec: PodSpec,
  field: string,
): FieldErrors {
  for (const [key, value] of Object.entries(annotations ?? {})) {
    if (key === 'kubernetes.io/config.mirror' && !spec.nodeName)
      yield invalid(
        `${field}[${key}]`,
        value,
        'must set spec.nodeName if mirror pod annotation is set',
      )
    if (key === 'controller.kubernetes.io/pod-deletion-cost') {
      const cost = /^(0|-?[1-9]\d{0,9})$/.test(value) ? Number(value) : Number.NaN
      if (!(cost >= -(2 ** 31) && cost <= largestInt32))
        yield invalid(`${field}[${key}]`, value, 'must be a 32bit integer')
    }
  }
}

/** A token is of the pod's service account, so there must be one. */
function* validateTokens({ serviceAccountName, volumes }: PodSpec): FieldErrors {
  if (serviceAccountName) return
  for (const [index, { projected }] of (volumes ?? []).entries())
    for (const [at, { serviceAccountToken }] of (projected?.sources ?? []).entries())
      if (serviceAccountToken)
        yield forbidden(
          `spec.volumes[${index}].projected.sources[${at}].serviceAccountToken`,
          'must not be specified when serviceAccountName is not set',
        )
}

export function* validatePodSpec(
  spec: PodSpec,
  field: string,
  options: { isPod: boolean; podName?: string },
): FieldErrors {
  if (spec.terminationGracePeriodSeconds === undefined)
    yield required(`${field}.terminationGracePeriodSeconds`)
  const volumes = yield* validateVolumes(spec.volumes, `${field}.volumes`, options)
  yield* validateContainers(spec, volumes, field)
  yield* validateHostNetwork(spec, field, options.isPod)
  yield* validatePolicies(spec, field)
  yield* validateScheduling(spec, field)
  yield* validatePodSecurity(spec, field)
  yield* validateNames(spec, field)
  yield* validateDns(spec, field)
  const { activeDeadlineSeconds } = spec
  const deadline = nearest(activeDeadlineSeconds ?? 1)
  if (!(deadline >= 1 && deadline <= largestInt32))
    yield invalid(
      `${field}.activeDeadlineSeconds`,
      activeDeadlineSeconds,
      outsideRange(1, largestInt32),
    )
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries())
    yield* invalidFor(
      `${field}.readinessGates[${index}].conditionType`,
      conditionType,
      qualifiedNameProblems(conditionType),
    )
  if (spec.overhead) yield* validateRequirements({ limits: spec.overhead }, `${field}.overhead`)
  yield* validatePodClaims(spec.resourceClaims, options.podName, `${field}.resourceClaims`)
  yield* validatePodResources(spec, field)
}

function* validatePolicies(spec: PodSpec, field: string): FieldErrors {
  const { restartPolicy, dnsPolicy, preemptionPolicy, os } = spec
  if (!restartPolicy) yield required(`${field}.restartPolicy`)
  else yield* oneOf(`${field}.restartPolicy`, restartPolicy, ['Always', 'OnFailure', 'Never'])
  if (!dnsPolicy) yield required(`${field}.dnsPolicy`)
  else
    yield* oneOf(`${field}.dnsPolicy`, dnsPolicy, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ])
  yield* oneOf(`${field}.preemptionPolicy`, preemptionPolicy, ['PreemptLowerPriority', 'Never'])
  if (!os) return
  if (!os.name) yield required(`${field}.os.name`, 'cannot be empty')
  else if (os.name !== 'linux' && os.name !== 'windows')
    yield notSupported(`${field}.os`, os.name, ['linux', 'windows'])
}

function* validateNames(spec: PodSpec, field: string): FieldErrors {
  for (const name of [
    'serviceAccountName',
    'nodeName',
    'priorityClassName',
    'runtimeClassName',
  ] as const) {
    const value = spec[name]
    if (value) yield* invalidFor(`${field}.${name}`, value, subdomainProblems(value))
  }
  for (const name of ['hostname', 'subdomain'] as const) {
    const value = spec[name]
    if (value) yield* invalidFor(`${field}.${name}`, value, labelProblems(value))
  }
  for (const [index, { name }] of (spec.imagePullSecrets ?? []).entries())
    if (name)
      yield* invalidFor(`${field}.imagePullSecrets[${index}].name`, name, subdomainProblems(name))
  for (const [index, { ip, hostnames }] of (spec.hostAliases ?? []).entries()) {
    const at = `${field}.hostAliases[${index}]`
    yield* validateIp(ip ?? '', `${at}.ip`)
    for (const [host, name] of (hostnames ?? []).entries())
      yield* invalidFor(`${at}.hostnames[${host}]`, name, subdomainProblems(name))
  }
}

/** With the node's network a container's port is the node's. */
function* validateHostNetwork(spec: PodSpec, field: string, isPod: boolean): FieldErrors {
  if (!spec.hostNetwork) return
  for (const [index, { ports }] of (spec.containers ?? []).entries())
    for (const [at, { hostPort = 0, containerPort }] of (ports ?? []).entries())
      if ((isPod || hostPort !== 0) && hostPort !== containerPort)
        yield invalid(
          `${field}.containers[${index}].ports[${at}].hostPort`,
          hostPort,
          'must match `containerPort` when `hostNetwork` is true',
        )
}

const mostNameservers = 3
const mostSearches = 32
const longestSearches = 2048
const search = /^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/

function* validateDns({ dnsPolicy, dnsConfig }: PodSpec, field: string): FieldErrors {
  const at = `${field}.dnsConfig`
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {}
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return yield required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')
    if (nameservers.length === 0)
      return yield required(
        `${at}.nameservers`,
        'must provide at least one DNS nameserver when `dnsPolicy` is None',
      )
  }
  if (nameservers.length > mostNameservers)
    yield invalid(
      `${at}.nameservers`,
      nameservers,
      `must not have more than ${mostNameservers} nameservers`,
    )
  for (const [index, address] of nameservers.entries())
    yield* validateIp(address, `${at}.nameservers[${index}]`)
  if (searches.length > mostSearches)
    yield invalid(
      `${at}.searches`,
      searches,
      `must not have more than ${mostSearches} search paths`,
    )
  if (byteLength(searches.join(' ')) > longestSearches)
    yield invalid(
      `${at}.searches`,
      searches,
      `must not have more than ${longestSearches} characters (including spaces) in the search list`,
    )
  for (const [index, text] of searches.entries()) {
    const name = text.replace(/\.$/, '')
    if (text !== '.' && (byteLength(name) > 253 || !search.test(name)))
      yield* invalidFor(`${at}.searches[${index}]`, name, subdomainProblems(name))
  }
  for (const [index, { name }] of options.entries())
    if (!name) yield required(`${at}.options[${index}]`, 'must not be empty')
}
