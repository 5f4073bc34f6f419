/** Fields of a pod and resources of its containers as text, for environment variables and downward API volumes. Pure. */

import { parseQuantity } from '../../api/quantity.ts'
import type { Container, Pod } from '../../api/types.ts'
import type { Sandbox } from '../runtime/runtime.ts'
import { findContainer } from './pod-progress.ts'
import { limitOf, requestOf } from './resources.ts'

/** What a pod's fields need that is not in the pod. */
export interface NodeFacts {
  hostIPs: string[]
  podIPs: string[]
  /** Millicores and bytes that stand in for limits that are not set. */
  allocatable: { milliCpu: number; memoryBytes: number; storageBytes: number }
}

/** Where a pod is, for its fields and probes. */
export function podIPs(pod: Pod, sandbox: Sandbox | undefined, hostIPs: string[]): string[] {
  return pod.spec?.hostNetwork ? hostIPs : (sandbox?.ips ?? [])
}

export function nodeFacts(
  pod: Pod,
  sandbox: Sandbox | undefined,
  { hostIPs, allocatable }: Pick<NodeFacts, 'hostIPs' | 'allocatable'>,
): NodeFacts {
  return { hostIPs, podIPs: podIPs(pod, sandbox, hostIPs), allocatable }
}

export class FieldRefError extends Error {
  override name = 'FieldRefError'
}

const quoted = (map: Record<string, string> | undefined): string =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')

/** `metadata.labels['app']` and its like. */
function subscripted(pod: Pod, path: string): string | undefined {
  const match = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (!match) return undefined
  const map = pod.metadata[match[1] as 'labels' | 'annotations'] ?? {}
  const key = match[2] as string
  return Object.hasOwn(map, key) ? map[key] : ''
}

export function fieldRef(pod: Pod, path: string, facts: NodeFacts): string {
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? ''
    case 'metadata.namespace':
      return pod.metadata.namespace ?? ''
    case 'metadata.uid':
      return pod.metadata.uid ?? ''
    case 'metadata.labels':
      return quoted(pod.metadata.labels)
    case 'metadata.annotations':
      return quoted(pod.metadata.annotations)
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? ''
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? 'default'
    case 'status.hostIP':
      return facts.hostIPs[0] ?? ''
    case 'status.hostIPs':
      return facts.hostIPs.join(',')
    case 'status.podIP':
      return facts.podIPs[0] ?? ''
    case 'status.podIPs':
      return facts.podIPs.join(',')
  }
  const value = subscripted(pod, path)
  if (value === undefined) throw new FieldRefError(`unsupported fieldPath: ${path}`)
  return value
}

export interface ResourceFieldRef {
  containerName?: string
  resource: string
  divisor?: string | number
}

const giga = 1_000_000_000n

/** In units of the divisor, rounded up. */
function divided(value: bigint, ref: ResourceFieldRef): string {
  const divisor = parseQuantity(ref.divisor === undefined || ref.divisor === '' ? '1' : ref.divisor)
  if (divisor === undefined || divisor < 0n)
    throw new FieldRefError(`invalid divisor ${JSON.stringify(ref.divisor)}`)
  const by = divisor === 0n ? giga : divisor
  return String((value + by - 1n) / by)
}

export function resourceFieldRef(
  pod: Pod,
  own: Container | undefined,
  ref: ResourceFieldRef,
  facts: NodeFacts,
): string {
  const name = ref.containerName || own?.name
  const container = findContainer(pod, name ?? '')
  if (!container) throw new FieldRefError(`container ${name ?? ''} not found`)
  const [kind, resource = ''] = ref.resource.split(/\.(.*)/s)
  const { milliCpu, memoryBytes, storageBytes } = facts.allocatable
  const node: Record<string, bigint> = {
    cpu: BigInt(Math.round(milliCpu)) * 1_000_000n,
    memory: BigInt(Math.round(memoryBytes)) * giga,
    'ephemeral-storage': BigInt(Math.round(storageBytes)) * giga,
  }
  const known = Object.hasOwn(node, resource) || resource.startsWith('hugepages-')
  if (!known || (kind !== 'limits' && kind !== 'requests'))
    throw new FieldRefError(`unsupported container resource: ${ref.resource}`)
  const text = kind === 'limits' ? limitOf(container, resource) : requestOf(container, resource)
  const value = text === undefined ? undefined : parseQuantity(text)
  return divided(value ?? (kind === 'limits' ? (node[resource] ?? 0n) : 0n), ref)
}
