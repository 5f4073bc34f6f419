/** Which objects a quota is about: all of its namespace, or only those that its scopes describe. */

import type { KubernetesObject } from '../object.ts'
import type { PersistentVolumeClaim, PodSpec, ResourceQuota } from '../types.ts'
import type { QuotaKind } from './usage.ts'

interface Requirement {
  scopeName: string
  operator: string
  values?: string[]
}

/** @param object of the kind, in the namespace of the quota */
export function quotaCovers(
  { spec }: ResourceQuota,
  kind: QuotaKind,
  object: KubernetesObject,
): boolean {
  const scopes: Requirement[] = (spec?.scopes ?? []).map((scopeName) => ({
    scopeName,
    operator: 'Exists',
  }))
  const requirements = [...scopes, ...(spec?.scopeSelector?.matchExpressions ?? [])]
  if (requirements.length === 0) return true
  if (kind.group !== '') return false
  if (kind.plural === 'pods') {
    const pod = object.spec as PodSpec
    return requirements.every((requirement) => podMeets(pod, requirement))
  }
  if (kind.plural === 'persistentvolumeclaims') {
    const names = attributesClassesOf(object as unknown as PersistentVolumeClaim)
    return requirements.every(
      (requirement) =>
        requirement.scopeName === 'VolumeAttributesClass' &&
        names.some((name) => valueMeets(name, requirement)),
    )
  }
  return false
}

/** The one that is wished for, the one that it has, and the one that it is on its way to; else none. */
function attributesClassesOf({ spec, status }: PersistentVolumeClaim): (string | undefined)[] {
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== '')
  return names.length > 0 ? names : [undefined]
}

function podMeets(spec: PodSpec, requirement: Requirement): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined
    case 'BestEffort':
      return isBestEffort(spec)
    case 'NotBestEffort':
      return !isBestEffort(spec)
    case 'PriorityClass':
      return valueMeets(spec.priorityClassName, requirement)
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(spec)
    default:
      return false
  }
}

function valueMeets(value: string | undefined, { operator, values = [] }: Requirement): boolean {
  const given = value !== undefined && value !== ''
  switch (operator) {
    case 'Exists':
      return given
    case 'DoesNotExist':
      return !given
    case 'In':
      return given && values.includes(value)
    case 'NotIn':
      return !given || !values.includes(value)
    default:
      return false
  }
}

/** No container says anything of what it computes with. */
function isBestEffort({ containers, initContainers = [], resources: whole }: PodSpec): boolean {
  const says = (amounts: Record<string, string> | undefined) =>
    ['cpu', 'memory'].some((name) => amounts?.[name] !== undefined && amounts[name] !== '0')
  return [{ resources: whole }, ...containers, ...initContainers].every(
    ({ resources }) => !says(resources?.requests) && !says(resources?.limits),
  )
}

interface Term {
  namespaces?: string[]
  namespaceSelector?: object
}

function usesOtherNamespaces({ affinity }: PodSpec): boolean {
  const termsOf = (side: NonNullable<PodSpec['affinity']>['podAffinity']): Term[] => [
    ...(side?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ]
  return [...termsOf(affinity?.podAffinity), ...termsOf(affinity?.podAntiAffinity)].some(
    ({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector,
  )
}
