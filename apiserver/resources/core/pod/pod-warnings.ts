/** What is legal in a pod or a template of one, and will surprise: told, not refused. */

import { nearest } from '../../../../api/json-text.ts'
import type { ObjectMeta } from '../../../../api/object.ts'
import type { Container, Pod, PodSpec, PodTemplateSpec } from '../../../../api/types.ts'
import { labelProblems } from '../../name-validation.ts'
import { ipWarnings } from '../ip-warnings.ts'
import { labelWarnings, type Warnings } from '../node-label-warnings.ts'
import { claimSpecWarnings, fractionWarnings, sourceWarnings } from '../storage-warnings.ts'
import { affinityWarnings } from './affinity-warnings.ts'
import { annotationWarnings } from './annotation-warnings.ts'
import { pathWarnings } from './path-warnings.ts'
import { containersOf } from './pod-containers.ts'
import { portWarnings } from './port-warnings.ts'

/** Of a pod that is new: people seldom change pods themselves, and programs often. */
export function* podWarnings({ metadata, spec }: Pod, old: Pod | undefined): Warnings {
  if (old) return
  yield* nameWarnings(metadata.name, "the Pod's hostname")
  if (spec) yield* podSpecWarnings(spec, metadata, '')
}

interface Workload {
  metadata: ObjectMeta
}

/** Of a workload whose pods are named after it: when it is made, and when what is wanted of it changes. */
export function* workloadWarnings(
  { metadata }: Workload,
  old: Workload | undefined,
  template: PodTemplateSpec | undefined,
  field = 'spec.template',
): Warnings {
  if (old && old.metadata.generation === metadata.generation) return
  if (!old) yield* nameWarnings(metadata.name, 'Pod names and hostnames')
  if (template) yield* templateWarnings(template, field)
}

export function* templateWarnings(
  { metadata = {}, spec }: PodTemplateSpec,
  field: string,
): Warnings {
  if (spec) yield* podSpecWarnings(spec, metadata as ObjectMeta, `${field}.`)
}

/** A name that pods' names are made from, or is one: more than a DNS label makes no good hostname. */
function* nameWarnings(name: string | undefined, use: string): Warnings {
  const problems = name ? labelProblems(name) : []
  if (problems.length > 0)
    yield `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`
}

/** @param place of what has the `spec`, with a dot; empty for a pod itself */
function* podSpecWarnings(spec: PodSpec, metadata: ObjectMeta, place: string): Warnings {
  const field = `${place}spec`
  yield* labelWarnings(
    Object.keys(spec.nodeSelector ?? {}),
    (label) => `${field}.nodeSelector[${label}]`,
  )
  yield* affinityWarnings(spec, field)
  if (metadata.annotations) yield* annotationWarnings(spec, metadata.annotations, place)
  yield* volumeWarnings(spec, field)
  yield* listWarnings(spec, field)
  yield* fractionWarnings(spec.overhead, ofBytes, `${field}.overhead`)
  const containers = [...containersOf(spec, field)]
  for (const [container, at] of containers) yield* containerWarnings(container, at)
  yield* portWarnings(containers)
  if (nearest(spec.terminationGracePeriodSeconds ?? 0) < 0)
    yield `${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`
}

const ofBytes = ['memory', 'ephemeral-storage']

function* containerWarnings({ env, resources }: Container, field: string): Warnings {
  for (const list of ['limits', 'requests'] as const)
    yield* fractionWarnings(resources?.[list], ofBytes, `${field}.resources.${list}`)
  const names = new Set<string>()
  for (const [index, { name, value = '', valueFrom }] of (env ?? []).entries()) {
    // A value that is made from the one before goes on with it.
    const goesOn = !valueFrom && value.includes(`$(${name})`) && value !== `$(${name})`
    if (names.has(name) && !goesOn)
      yield `${field}.env[${index}]: hides previous definition of "${name}", which may be dropped when using apply`
    names.add(name)
  }
}

function* volumeWarnings({ volumes = [] }: PodSpec, field: string): Warnings {
  for (const [index, volume] of volumes.entries()) {
    const at = `${field}.volumes[${index}]`
    yield* sourceWarnings(volume, at)
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec
    if (claim) yield* claimSpecWarnings(claim, `${at}.ephemeral.volumeClaimTemplate.spec`)
  }
  yield* pathWarnings(volumes)
}

function* listWarnings(spec: PodSpec, field: string): Warnings {
  const { hostAliases = [], imagePullSecrets = [], dnsConfig } = spec
  yield* duplicates(
    hostAliases.map(({ ip }) => ip),
    `${field}.hostAliases`,
    'ip',
  )
  const secrets = imagePullSecrets.map(({ name = '' }) => name)
  yield* duplicates(secrets, `${field}.imagePullSecrets`, 'name')
  for (const [index, name] of secrets.entries())
    if (name === '') yield `${field}.imagePullSecrets[${index}].name: invalid empty name ""`
  for (const [index, address] of (dnsConfig?.nameservers ?? []).entries())
    yield* ipWarnings(address, `${field}.dnsConfig.nameservers[${index}]`)
  for (const [index, { ip }] of hostAliases.entries())
    yield* ipWarnings(ip, `${field}.hostAliases[${index}].ip`)
}

function* duplicates(values: readonly string[], field: string, key: string): Warnings {
  const seen = new Set<string>()
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) yield `${field}[${index}].${key}: duplicate ${key} "${value}"`
    seen.add(value)
  }
}
