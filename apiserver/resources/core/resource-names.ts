/** Names of resources (`cpu`, `requests.storage`, `example.com/gpu`), and what may be named where. */

import { type FieldErrors, invalid, invalidFor } from '../field-errors.ts'
import { qualifiedNameProblems } from '../name-validation.ts'

const ofContainers = new Set(['cpu', 'memory', 'ephemeral-storage'])
const requested = ['cpu', 'memory', 'ephemeral-storage', 'storage'].map(
  (name) => `requests.${name}`,
)
const limited = ['cpu', 'memory', 'ephemeral-storage'].map((name) => `limits.${name}`)
const counts = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])
const ofQuotas = new Set([...ofContainers, ...requested, ...limited, ...counts])
const standard = new Set([...ofQuotas, 'storage'])
const hugePages = 'hugepages-'

export const isHugePages = (name: string) => name.startsWith(hugePages)
/** `hugepages-2Mi` -> `2Mi` */
export const hugePageSize = (name: string) => name.slice(hugePages.length)
const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/')
const isExtended = (name: string) =>
  !isNative(name) &&
  !name.startsWith('requests.') &&
  qualifiedNameProblems(`requests.${name}`).length === 0
/** There is no half of it. */
export const isWhole = (name: string) => counts.has(name) || isExtended(name)
/** More may be requested of it than there is, in sum: a node can share it in time. */
export const canOvercommit = (name: string) => isNative(name) && !isHugePages(name)

/** A resource that a quota may hold down. */
export const isOfQuotas = (name: string) =>
  ofQuotas.has(name) || isHugePages(name) || name.startsWith(`requests.${hugePages}`)

export function* validateResourceName(name: string, field: string): FieldErrors {
  const problems = qualifiedNameProblems(name)
  yield* invalidFor(field, name, problems)
  if (problems.length > 0 || name.includes('/')) return
  if (!standard.has(name) && !isHugePages(name))
    yield invalid(field, name, 'must be a standard resource type or fully qualified')
}

export function* validateContainerResourceName(name: string, field: string): FieldErrors {
  yield* validateResourceName(name, field)
  if (qualifiedNameProblems(name).length > 0) return
  if (!name.includes('/')) {
    if (!ofContainers.has(name) && !isHugePages(name))
      yield invalid(field, name, 'must be a standard resource for containers')
  } else if (!isNative(name) && !isExtended(name))
    yield invalid(field, name, "doesn't follow extended resource name standard")
}
