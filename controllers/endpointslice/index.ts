/**
 * Keeps EndpointSlices, and the older Endpoints, of every Service that has a selector. A pod's readiness reaches them
 * with one write; what has not changed is not written.
 */

import { isDeepStrictEqual } from 'node:util'
import type {
  Endpoints as EndpointsObject,
  Pod as PodObject,
  Service as ServiceObject,
} from '../../api/types.ts'
import {
  type ContextOf,
  controller,
  EndpointSlice,
  Endpoints,
  type Key,
  Node,
  Pod,
  type Read,
  type Result,
  Service,
} from '../framework/index.ts'
import { hasSelector, isEndpoint } from './endpoint.ts'
import { endpointsFor } from './endpoints.ts'
import { managedBy, managedByLabel, planSlices } from './slices.ts'

const slices = controller(Service)
  .named('endpointslice')
  .owns(EndpointSlice)
  .reads(Node)
  .watches(Pod, servicesOf)
  .concurrency(8)

export const endpointSliceController = slices.reconcile(reconcileSlices)

export const endpointsController = controller(Service)
  .named('endpoints')
  .watches(Endpoints, ({ metadata: { namespace = '', name = '' } }) => [{ namespace, name }])
  .writes(Endpoints)
  .watches(Pod, servicesOf)
  .concurrency(8)
  .reconcileKey(async (service, context) => {
    const { key, read, create, update, remove } = context
    const existing = read(Endpoints).get(key.namespace, key.name)
    if (!service) {
      const isOurs = existing?.metadata.labels?.['endpoints.kubernetes.io/managed-by'] !== undefined
      if (existing && isOurs)
        await remove(Endpoints, existing, { because: (live) => live === undefined })
      return undefined
    }
    if (!hasSelector(service) || service.metadata.deletionTimestamp) return undefined
    const wanted = endpointsFor(service, selected(service, read), existing)
    if (!existing) await create(Endpoints, wanted)
    else if (!same(existing, wanted)) await update(Endpoints, wanted)
    return undefined
  })

async function reconcileSlices(
  service: ServiceObject,
  context: ContextOf<typeof slices>,
): Promise<Result> {
  if (!hasSelector(service)) return undefined
  const { read, create, update, remove } = context
  const existing = read(EndpointSlice)
    .ownedBy(service.metadata.uid ?? '')
    .filter(({ metadata }) => metadata.labels?.[managedByLabel] === managedBy)
  const nodes = read(Node)
  const plan = planSlices({
    service,
    pods: selected(service, read),
    node: (name) => nodes.get('', name),
    existing,
  })
  // Additions first: an endpoint that moves is then in two slices for a moment, never in none.
  await Promise.all(plan.create.map((slice) => create(EndpointSlice, slice)))
  await Promise.all(plan.update.map((slice) => update(EndpointSlice, slice)))
  const because = (live: { metadata: { uid?: string } } | undefined) =>
    live?.metadata.uid === service.metadata.uid
  await Promise.all(plan.remove.map((slice) => remove(EndpointSlice, slice, { because })))
  return undefined
}

function selected(service: ServiceObject, read: Read<PodObject>): PodObject[] {
  const { namespace = '' } = service.metadata
  return read(Pod)
    .list({ namespace })
    .filter((pod) => isEndpoint(pod) && selects(service, pod))
}

function selects({ spec }: ServiceObject, { metadata }: PodObject): boolean {
  const labels = metadata.labels ?? {}
  const selector = spec?.selector ?? {}
  for (const key of Object.keys(selector))
    if (!Object.hasOwn(labels, key) || labels[key] !== selector[key]) return false
  return true
}

/** The Services that select a pod. One that is no endpoint yet concerns nobody; once it was one, its going does. */
export function servicesOf(pod: PodObject, read: Read<ServiceObject>): Key[] {
  if (!isEndpoint(pod)) return []
  const { namespace = '' } = pod.metadata
  return read(Service)
    .list({ namespace })
    .filter((service) => hasSelector(service) && selects(service, pod))
    .map(({ metadata: { name = '' } }) => ({ namespace, name }))
}

const same = (a: EndpointsObject, b: EndpointsObject): boolean =>
  isDeepStrictEqual(a.subsets ?? [], b.subsets) &&
  isDeepStrictEqual(a.metadata.labels, b.metadata.labels) &&
  isDeepStrictEqual(a.metadata.annotations, b.metadata.annotations)
