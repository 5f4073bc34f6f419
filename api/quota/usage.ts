/**
 * What one object takes from the quotas of its namespace, by the names that quotas limit: how many there are of each
 * kind, what pods compute with, what claims store, what services occupy. Pure: admission charges by it, and the
 * controller that counts again agrees with it.
 */

import type { KubernetesObject } from '../object.ts'
import { type Amounts, addAmounts, podAmounts } from '../pod-resources.ts'
import { parseQuantity } from '../quantity.ts'
import type { PersistentVolumeClaim, Pod, Service } from '../types.ts'

export const one = 1_000_000_000n

/** A kind by group and plural. */
export interface QuotaKind {
  group: string
  plural: string
}

/** Kinds that quotas also know by their plural alone. */
const knownByPlural = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
])

/** `count/pods`, `count/deployments.apps` */
export const countName = ({ group, plural }: QuotaKind): string =>
  group === '' ? `count/${plural}` : `count/${plural}.${group}`

export function usageOf(kind: QuotaKind, object: KubernetesObject): Amounts {
  const usage: Amounts = new Map([[countName(kind), one]])
  if (kind.group !== '' || !knownByPlural.has(kind.plural)) return usage
  switch (kind.plural) {
    case 'pods':
      addAmounts(usage, podUsage(object as unknown as Pod))
      break
    case 'services':
      addAmounts(usage, serviceUsage(object as unknown as Service))
      break
    case 'persistentvolumeclaims':
      addAmounts(usage, claimUsage(object as unknown as PersistentVolumeClaim))
      break
    default:
      usage.set(kind.plural, one)
  }
  return usage
}

/** Quantities that have a short name for requests. */
const shortNamed = new Set(['cpu', 'memory', 'ephemeral-storage'])

/** A pod that has ended takes nothing but its place among the objects. */
function podUsage({ spec, status }: Pod): Amounts {
  if (!spec || status?.phase === 'Succeeded' || status?.phase === 'Failed') return new Map()
  const usage: Amounts = new Map([['pods', one]])
  for (const [name, amount] of podAmounts(spec, 'requests')) {
    usage.set(`requests.${name}`, amount)
    if (shortNamed.has(name) || name.startsWith('hugepages-')) usage.set(name, amount)
  }
  for (const [name, amount] of podAmounts(spec, 'limits'))
    if (shortNamed.has(name)) usage.set(`limits.${name}`, amount)
  return usage
}

function serviceUsage({ spec }: Service): Amounts {
  const { type, ports = [], allocateLoadBalancerNodePorts = true } = spec ?? {}
  const balanced = type === 'LoadBalancer'
  const asked = ports.filter(({ nodePort }) => nodePort !== undefined && nodePort !== 0).length
  const exposed = balanced && !allocateLoadBalancerNodePorts ? asked : ports.length
  return new Map([
    ['services', one],
    ['services.nodeports', type === 'NodePort' || balanced ? BigInt(exposed) * one : 0n],
    ['services.loadbalancers', balanced ? one : 0n],
  ])
}

function claimUsage({ spec, metadata, status }: PersistentVolumeClaim): Amounts {
  const annotated = metadata.annotations?.['volume.beta.kubernetes.io/storage-class']
  const storageClass = annotated ?? spec?.storageClassName ?? ''
  const requested = parseQuantity(spec?.resources?.requests?.storage ?? '0') ?? 0n
  const given = parseQuantity(status?.allocatedResources?.storage ?? '0') ?? 0n
  const larger = given > requested ? given : requested
  // Only whole bytes are counted.
  const storage = ((larger + one - 1n) / one) * one
  const usage: Amounts = new Map([
    ['persistentvolumeclaims', one],
    ['requests.storage', storage],
  ])
  if (storageClass !== '') {
    const prefix = `${storageClass}.storageclass.storage.k8s.io`
    usage.set(`${prefix}/persistentvolumeclaims`, one)
    usage.set(`${prefix}/requests.storage`, storage)
  }
  return usage
}
