/**
 * What may still change in a pod that exists: images, a shorter deadline, more tolerations, fewer scheduling gates,
 * and, while it is gated, where it may go. And what its status may not do: a container that has ended for good does
 * not come back to life.
 */

import type { Container, ContainerStatus, Pod, PodSpec } from '../../../../api/types.ts'
import { type FieldErrors, forbidden, invalid, invalidFor } from '../../field-errors.ts'
import { outsideRange, qualifiedNameProblems, subdomainProblems } from '../../name-validation.ts'
import { differences, semanticallyEqual } from '../../semantic-equality.ts'
import { validateIp } from '../ip-validation.ts'
import { largestInt32 } from './pod-validation.ts'

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',')

export function* validatePodUpdate(pod: Pod, old: Pod): FieldErrors {
  yield* validateAnnotationUpdate(pod, old)
  const { spec } = pod
  const { spec: before } = old
  if (!spec || !before) return
  for (const list of ['containers', 'initContainers'] as const)
    if ((spec[list] ?? []).length !== (before[list] ?? []).length)
      return yield forbidden(`spec.${list}`, 'pod updates may not add or remove containers')
  yield* validateDeadline(spec, before)
  yield* validateTolerationUpdate(spec, before)
  yield* validateGateUpdate(spec, before)
  const gated = (before.schedulingGates ?? []).length > 0
  if (gated) yield* validateGatedUpdate(spec, before)
  const rest = withUpdatablesOf(spec, before, gated)
  if (semanticallyEqual(rest, before)) return
  const changed = differences(before, rest, 'spec').join(', ')
  yield forbidden(
    'spec',
    `pod updates may not change fields other than ${updatable}\nchanged: ${changed}\n`,
  )
}

const mirror = 'kubernetes.io/config.mirror'

export function* validateAnnotationUpdate(pod: Pod, old: Pod): FieldErrors {
  const value = pod.metadata.annotations?.[mirror]
  const before = old.metadata.annotations?.[mirror]
  const field = `metadata.annotations[${mirror}]`
  if (before !== undefined && value !== before)
    yield forbidden(field, 'may not remove or update mirror pod annotation')
  else if (before === undefined && value !== undefined)
    yield forbidden(field, 'may not add mirror pod annotation')
}

function* validateDeadline(spec: PodSpec, before: PodSpec): FieldErrors {
  const field = 'spec.activeDeadlineSeconds'
  const seconds = spec.activeDeadlineSeconds
  const previous = before.activeDeadlineSeconds
  if (seconds === undefined) {
    if (previous !== undefined)
      yield invalid(field, null, 'must not update from a positive integer to nil value')
  } else if (seconds < 0 || seconds > largestInt32)
    yield invalid(field, seconds, outsideRange(0, largestInt32))
  else if (previous !== undefined && previous < seconds)
    yield invalid(field, seconds, 'must be less than or equal to previous value')
}

function* validateTolerationUpdate(spec: PodSpec, before: PodSpec): FieldErrors {
  const now = new Set((spec.tolerations ?? []).map(tolerated))
  for (const toleration of before.tolerations ?? [])
    if (!now.has(tolerated(toleration)))
      return yield forbidden(
        'spec.tolerations',
        'existing toleration can not be modified except its tolerationSeconds',
      )
}

/** What is tolerated, whatever the time: the same text for the same. */
const tolerated = ({ key, operator, value, effect }: Toleration): string =>
  JSON.stringify([key, operator, value, effect])

function* validateGateUpdate(spec: PodSpec, before: PodSpec): FieldErrors {
  const known = new Set((before.schedulingGates ?? []).map(({ name }) => name))
  for (const [index, { name }] of (spec.schedulingGates ?? []).entries())
    if (!known.has(name))
      yield forbidden(
        `spec.schedulingGates[${index}].name`,
        `only deletion is allowed, but found new scheduling gate '${name}'`,
      )
}

type Toleration = NonNullable<PodSpec['tolerations']>[number]
type NodeAffinity = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>

const requiredTerms = (affinity: NodeAffinity | undefined) =>
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []

/** A gated pod may be told more exactly where to go, never less. */
function* validateGatedUpdate(spec: PodSpec, before: PodSpec): FieldErrors {
  for (const [key, value] of Object.entries(before.nodeSelector ?? {}))
    if (spec.nodeSelector?.[key] !== value) {
      yield invalid(
        'spec.nodeSelector',
        spec.nodeSelector ?? null,
        'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      )
      break
    }
  const field =
    'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
  const previous = requiredTerms(before.affinity?.nodeAffinity)
  const now = requiredTerms(spec.affinity?.nodeAffinity)
  if (previous.length === 0) return
  if (previous.length !== now.length)
    return yield invalid(
      field,
      now,
      'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
    )
  for (const [index, term] of previous.entries())
    if (
      !beginsWith(now[index]?.matchExpressions, term.matchExpressions) ||
      !beginsWith(now[index]?.matchFields, term.matchFields)
    )
      yield invalid(
        `${field}[${index}]`,
        now[index],
        'only additions are allowed (no mutations or deletions)',
      )
}

const beginsWith = (list: unknown[] = [], start: unknown[] = []) =>
  semanticallyEqual(list.slice(0, start.length), start)

/** `spec` with what may change put back to what it was: the rest must be the same. */
function withUpdatablesOf(spec: PodSpec, before: PodSpec, gated: boolean): PodSpec {
  const withImagesOf = (now: Container[], then: Container[]) =>
    now.map((container, index) => ({ ...container, image: then[index]?.image }))
  const rest: PodSpec = {
    ...spec,
    containers: withImagesOf(spec.containers, before.containers),
    initContainers: withImagesOf(spec.initContainers ?? [], before.initContainers ?? []),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    tolerations: before.tolerations,
    schedulingGates: before.schedulingGates,
  }
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    rest.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds
  if (gated) {
    rest.nodeSelector = before.nodeSelector
    const affinity = { ...spec.affinity, nodeAffinity: before.affinity?.nodeAffinity }
    const empty = Object.values(affinity).every((part) => part === undefined)
    rest.affinity = empty ? before.affinity : affinity
  }
  return rest
}

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized'])

export function* validatePodStatusUpdate(pod: Pod, old: Pod): FieldErrors {
  yield* validateAnnotationUpdate(pod, old)
  const status = pod.status ?? {}
  const before = old.status ?? {}
  for (const [index, { type }] of (status.conditions ?? []).entries())
    if (!systemConditions.has(type))
      yield* invalidFor(`metadata.conditions[${index}].Type`, type, qualifiedNameProblems(type))
  const { nominatedNodeName } = status
  if (nominatedNodeName && nominatedNodeName !== before.nominatedNodeName)
    yield* invalidFor(
      'status.nominatedNodeName',
      nominatedNodeName,
      subdomainProblems(nominatedNodeName),
    )
  if (before.qosClass !== undefined && status.qosClass !== before.qosClass)
    yield invalid('status.qosClass', status.qosClass ?? '', 'field is immutable')
  yield* validateTransitions(pod, old)
  yield* validateAddresses(pod)
}

function* validateTransitions(pod: Pod, old: Pod): FieldErrors {
  const policy = old.spec?.restartPolicy
  const sidecars = new Set(
    (old.spec?.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  )
  for (const list of [
    'containerStatuses',
    'initContainerStatuses',
    'ephemeralContainerStatuses',
  ] as const) {
    const restarts = list === 'ephemeralContainerStatuses' ? 'Never' : policy
    if (restarts === 'Always') continue
    for (const [index, before] of (old.status?.[list] ?? []).entries())
      if (
        endedForGood(before, restarts) &&
        !(list === 'initContainerStatuses' && sidecars.has(before.name)) &&
        pod.status?.[list]?.some((now) => now.name === before.name && !now.state?.terminated)
      )
        yield forbidden(
          `status.${list}[${index}].state`,
          'may not be transitioned to non-terminated state',
        )
  }
}

function endedForGood({ state }: ContainerStatus, policy: string | undefined): boolean {
  if (!state?.terminated) return false
  return !(state.terminated.exitCode !== 0 && policy === 'OnFailure')
}

function* validateAddresses({ status }: Pod): FieldErrors {
  const { hostIP, hostIPs } = status ?? {}
  if (hostIPs?.[0] && hostIPs[0].ip !== hostIP)
    yield invalid('status.hostIPs[0].ip', hostIPs[0].ip, 'must be equal to `hostIP`')
  for (const name of ['podIPs', 'hostIPs'] as const) {
    const addresses = status?.[name] ?? []
    for (const [index, { ip }] of addresses.entries())
      yield* validateIp(ip ?? '', `status.${name}[${index}]`)
    const families = new Set(addresses.map(({ ip }) => (ip ?? '').includes(':')))
    if (families.size !== addresses.length)
      yield invalid(
        `status.${name}`,
        addresses,
        'may specify no more than one IP for each IP family',
      )
  }
}
