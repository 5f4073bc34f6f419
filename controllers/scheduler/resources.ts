/** What pods ask for and nodes have, as plain numbers: adding them up must cost nothing. */

import { milliUnits, units } from '../../api/quantity.ts'
import type { Container, PodSpec } from '../../api/types.ts'

export interface Resources {
  /** Thousandths of a core. */
  cpu: number
  /** Bytes. */
  memory: number
  /** Bytes of ephemeral storage. */
  storage: number
  /** Everything else by name, in whole units; absent when there is none. */
  others: Map<string, number> | undefined
}

export const nothing = (): Resources => ({ cpu: 0, memory: 0, storage: 0, others: undefined })

type Quantities = Record<string, string> | undefined

/** `pods` is not among them: it is a count of its own. */
export function resourcesOf(quantities: Quantities): Resources {
  const resources = nothing()
  for (const [name, quantity] of Object.entries(quantities ?? {}))
    switch (name) {
      case 'cpu':
        resources.cpu = milliUnits(quantity)
        break
      case 'memory':
        resources.memory = units(quantity)
        break
      case 'ephemeral-storage':
        resources.storage = units(quantity)
        break
      case 'pods':
        break
      default:
        resources.others ??= new Map()
        resources.others.set(name, units(quantity))
    }
  return resources
}

/** Adds `amount`, or with -1 takes it away. */
export function add(to: Resources, amount: Resources, sign: 1 | -1 = 1): void {
  to.cpu += sign * amount.cpu
  to.memory += sign * amount.memory
  to.storage += sign * amount.storage
  if (!amount.others) return
  to.others ??= new Map()
  for (const [name, count] of amount.others)
    to.others.set(name, (to.others.get(name) ?? 0) + sign * count)
}

function raise(to: Resources, least: Resources): void {
  to.cpu = Math.max(to.cpu, least.cpu)
  to.memory = Math.max(to.memory, least.memory)
  to.storage = Math.max(to.storage, least.storage)
  if (!least.others) return
  to.others ??= new Map()
  for (const [name, count] of least.others)
    to.others.set(name, Math.max(to.others.get(name) ?? 0, count))
}

/**
 * What a pod needs at its most demanding moment: all containers and sidecars together, or one init container with the
 * sidecars started before it; and its overhead.
 * @param requestsOf what one container counts for
 */
export function podRequests(
  spec: PodSpec | undefined,
  requestsOf: (container: Container) => Resources = ({ resources }) =>
    resourcesOf(requestsIn(resources)),
): Resources {
  const total = nothing()
  const sidecars = nothing()
  const highest = nothing()
  for (const container of spec?.initContainers ?? []) {
    const requests = requestsOf(container)
    add(requests, sidecars)
    if (container.restartPolicy === 'Always') add(sidecars, requestsOf(container))
    raise(highest, requests)
  }
  for (const container of spec?.containers ?? []) add(total, requestsOf(container))
  add(total, sidecars)
  raise(total, highest)
  const forAll = requestsIn(spec?.resources)
  if (forAll) {
    if (forAll.cpu !== undefined) total.cpu = milliUnits(forAll.cpu)
    if (forAll.memory !== undefined) total.memory = units(forAll.memory)
  }
  add(total, resourcesOf(spec?.overhead))
  return total
}

/** A resource that only has a limit is requested as far as its limit. */
function requestsIn(
  resources: { requests?: Record<string, string>; limits?: Record<string, string> } | undefined,
): Quantities {
  return resources?.limits ? { ...resources.limits, ...resources.requests } : resources?.requests
}

/** What a container that says nothing is taken for when nodes are compared: 0.1 core, 200 MiB. */
export function scoredRequests(spec: PodSpec | undefined): Resources {
  const forAll = requestsIn(spec?.resources)
  return podRequests(spec, (container) => {
    const requests = requestsIn(container.resources)
    const resources = resourcesOf(requests)
    if (requests?.cpu === undefined && forAll?.cpu === undefined) resources.cpu = 100
    if (requests?.memory === undefined && forAll?.memory === undefined)
      resources.memory = 200 * 1024 * 1024
    return resources
  })
}
