/** Requests and limits as the kernel's numbers: CPU shares and quota, memory, oom scores, QoS class. Pure. */

import { milliUnits, units } from '../../api/quantity.ts'
import type { Container, Pod } from '../../api/types.ts'
import type { ContainerResources } from '../runtime/runtime.ts'
import { allContainers, initContainers, isSidecar } from './pod-progress.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const minShares = 2
const maxShares = 262_144
const cpuPeriod = 100_000
/** Microseconds: the kernel takes no less. */
const minQuota = 1000

type Amounts = Record<string, string> | undefined

const amount = (amounts: Amounts, name: string): string | undefined =>
  amounts && Object.hasOwn(amounts, name) ? amounts[name] : undefined

/** What a container asks for; its limits stand in for requests it does not name. */
export function requestOf(container: Container, name: string): string | undefined {
  const { requests, limits } = container.resources ?? {}
  return amount(requests, name) ?? amount(limits, name)
}
export const limitOf = (container: Container, name: string): string | undefined =>
  amount(container.resources?.limits, name)

export function qosClass(pod: Pod): QosClass {
  const known = pod.status?.qosClass
  if (known === 'Guaranteed' || known === 'Burstable' || known === 'BestEffort') return known
  const names = ['cpu', 'memory']
  const containers = allContainers(pod)
  const positive = (text: string | undefined) => milliUnits(text) > 0
  const any = containers.some((container) =>
    names.some(
      (name) => positive(requestOf(container, name)) || positive(limitOf(container, name)),
    ),
  )
  if (!any) return 'BestEffort'
  const equal = containers.every((container) =>
    names.every((name) => {
      const limit = limitOf(container, name)
      return positive(limit) && milliUnits(limit) === milliUnits(requestOf(container, name))
    }),
  )
  return equal ? 'Guaranteed' : 'Burstable'
}

export const cpuShares = (milliCpu: number): number =>
  Math.min(maxShares, Math.max(minShares, Math.floor((milliCpu * 1024) / 1000)))

/** Microseconds per period; 0: unlimited. */
export const cpuQuota = (milliCpu: number): number =>
  milliCpu > 0 ? Math.max(minQuota, Math.floor((milliCpu * cpuPeriod) / 1000)) : 0

/** The likelier to be killed the more memory beyond its request it may use; as kubelet sets it. */
export function oomScoreAdj(pod: Pod, container: Container, machineMemoryBytes: number): number {
  switch (qosClass(pod)) {
    case 'Guaranteed':
      return -997
    case 'BestEffort':
      return 1000
    case 'Burstable': {
      const request = units(requestOf(container, 'memory'))
      const score = Math.floor(1000 - (1000 * request) / machineMemoryBytes)
      return Math.min(999, Math.max(3, score))
    }
  }
}

export function containerResources(
  pod: Pod,
  container: Container,
  machineMemoryBytes: number,
): ContainerResources {
  return {
    cpuPeriod,
    cpuQuota: cpuQuota(milliUnits(limitOf(container, 'cpu'))),
    cpuShares: cpuShares(milliUnits(requestOf(container, 'cpu'))),
    memoryLimit: units(limitOf(container, 'memory')),
    oomScoreAdj: oomScoreAdj(pod, container, machineMemoryBytes),
  }
}

/** Containers together, or the largest init container beside the sidecars started before it, whichever is more. */
function total(pod: Pod, of: (container: Container) => number): number {
  let sidecars = 0
  let init = 0
  for (const container of initContainers(pod)) {
    if (isSidecar(container)) sidecars += of(container)
    init = Math.max(init, isSidecar(container) ? sidecars : sidecars + of(container))
  }
  const mains = (pod.spec?.containers ?? []).reduce((sum, container) => sum + of(container), 0)
  return Math.max(init, mains + sidecars)
}

/** What the scheduler and the node count a pod for: millicores or units. */
export function podRequest(pod: Pod, name: string): number {
  const value = name === 'cpu' ? milliUnits : units
  const overhead = value(amount(pod.spec?.overhead, name))
  return total(pod, (container) => value(requestOf(container, name))) + overhead
}

/** Limits of the whole pod: 0 as soon as one container has none. */
export function podLimit(pod: Pod, name: string): number {
  const value = name === 'cpu' ? milliUnits : units
  if (allContainers(pod).some((container) => value(limitOf(container, name)) === 0)) return 0
  return (
    total(pod, (container) => value(limitOf(container, name))) +
    value(amount(pod.spec?.overhead, name))
  )
}
