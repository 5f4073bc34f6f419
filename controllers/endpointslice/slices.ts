/**
 * How the endpoints of a Service are spread over EndpointSlices, given the slices there are: as few writes as can be,
 * every endpoint once, and what has not changed stays where it is. Pure: it plans, and writes nothing.
 */

import { isDeepStrictEqual } from 'node:util'
import type { EndpointSlice, Node, Pod, Service } from '../../api/types.ts'
import { controllerReference, Service as ServiceKind } from '../framework/index.ts'
import {
  type AddressType,
  addressTypes,
  type Endpoint,
  type EndpointPort,
  endpointOf,
  endpointPorts,
  isEndpoint,
  isHeadless,
  podAddresses,
} from './endpoint.ts'

export const managedBy = 'endpointslice-controller.k8s.io'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
export const serviceNameLabel = 'kubernetes.io/service-name'
const headlessLabel = 'service.kubernetes.io/headless'
const ownLabels = new Set([managedByLabel, serviceNameLabel, headlessLabel])

export interface SlicePlan {
  create: EndpointSlice[]
  update: EndpointSlice[]
  remove: EndpointSlice[]
}

export interface SliceInputs {
  service: Service
  pods: readonly Pod[]
  node(name: string): Node | undefined
  /** The slices of this Service that this controller manages. */
  existing: readonly EndpointSlice[]
  /** Endpoints of one slice at most (100). */
  capacity?: number
}

/** Endpoints that share a family and the numbers of all ports, and so may share a slice. */
interface Group {
  addressType: AddressType
  ports: EndpointPort[]
  endpoints: Map<string, Endpoint>
}

const groupKey = (addressType: string, ports: readonly EndpointPort[]): string =>
  JSON.stringify([
    addressType,
    ports.map(({ name, protocol, port, appProtocol }) => [
      name ?? '',
      protocol ?? 'TCP',
      port,
      appProtocol ?? '',
    ]),
  ])

const endpointKey = ({ targetRef, addresses }: Endpoint): string =>
  `${targetRef?.uid ?? ''} ${addresses.join(' ')}`

export function planSlices(inputs: SliceInputs): SlicePlan {
  const { service, existing } = inputs
  const groups = groupEndpoints(inputs)
  const plan: SlicePlan = { create: [], update: [], remove: [] }
  const byGroup = new Map<string, EndpointSlice[]>()
  for (const slice of existing) {
    const key = groupKey(slice.addressType, slice.ports ?? [])
    if (groups.has(key) && !slice.metadata.deletionTimestamp)
      byGroup.set(key, [...(byGroup.get(key) ?? []), slice])
    else if (!slice.metadata.deletionTimestamp) plan.remove.push(slice)
  }
  for (const [key, group] of groups)
    planGroup(service, group, byGroup.get(key) ?? [], inputs.capacity ?? 100, plan)
  return plan
}

/** Every family of the Service has a group, an empty one when it has no endpoints: its slice says "none". */
function groupEndpoints({ service, pods, node }: SliceInputs): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const addressType of addressTypes(service)) {
    const before = groups.size
    for (const pod of pods) {
      if (!isEndpoint(pod)) continue
      const addresses = podAddresses(pod, addressType)
      if (addresses.length === 0) continue
      const ports = endpointPorts(service, pod)
      const key = groupKey(addressType, ports)
      const group = groups.get(key) ?? { addressType, ports, endpoints: new Map() }
      groups.set(key, group)
      const endpoint = endpointOf(service, pod, addresses, node(pod.spec?.nodeName ?? ''))
      group.endpoints.set(endpointKey(endpoint), endpoint)
    }
    if (groups.size === before)
      groups.set(groupKey(addressType, []), { addressType, ports: [], endpoints: new Map() })
  }
  return groups
}

interface Draft {
  slice: EndpointSlice
  endpoints: Endpoint[]
  changed: boolean
}

function planGroup(
  service: Service,
  group: Group,
  existing: readonly EndpointSlice[],
  capacity: number,
  plan: SlicePlan,
): void {
  const missing = new Map(group.endpoints)
  const drafts = existing.map((slice) => keepWanted(slice, missing, capacity))
  const rest = place([...missing.values()], drafts, capacity)
  const filled = drafts.filter(({ endpoints }) => endpoints.length > 0)
  // The last slice stays when there are no endpoints at all.
  const kept = filled.length > 0 || group.endpoints.size > 0 ? filled : drafts.slice(0, 1)
  for (const draft of drafts) if (!kept.includes(draft)) plan.remove.push(draft.slice)
  for (const { slice, endpoints, changed } of kept) {
    const wanted = { ...slice, metadata: labelled(service, slice.metadata), endpoints }
    if (changed || !isDeepStrictEqual(wanted.metadata.labels, slice.metadata.labels ?? {}))
      plan.update.push(wanted)
  }
  for (let start = 0; start < rest.length; start += capacity)
    plan.create.push(newSlice(service, group, rest.slice(start, start + capacity)))
  if (kept.length === 0 && rest.length === 0) plan.create.push(newSlice(service, group, []))
}

/** What of a slice is still wanted, brought up to date; found endpoints are taken out of `missing`. */
function keepWanted(slice: EndpointSlice, missing: Map<string, Endpoint>, capacity: number): Draft {
  const endpoints: Endpoint[] = []
  let changed = false
  for (const known of slice.endpoints ?? []) {
    const key = endpointKey(known)
    const wanted = missing.get(key)
    if (!wanted || endpoints.length >= capacity) {
      changed = true
      continue
    }
    missing.delete(key)
    endpoints.push(wanted)
    if (!sameEndpoint(known, wanted)) changed = true
  }
  return { slice, endpoints, changed }
}

/** Field by field: this runs for every endpoint whenever any pod of the Service changes. */
function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return (
    a.conditions?.ready === b.conditions?.ready &&
    a.conditions?.serving === b.conditions?.serving &&
    a.conditions?.terminating === b.conditions?.terminating &&
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    a.hostname === b.hostname &&
    a.targetRef?.name === b.targetRef?.name &&
    a.targetRef?.namespace === b.targetRef?.namespace &&
    a.targetRef?.kind === b.targetRef?.kind
  )
}

/** Fills slices that are written anyway, then the fullest one in which all the rest fits. Returns what is left. */
function place(missing: Endpoint[], drafts: readonly Draft[], capacity: number): Endpoint[] {
  for (const draft of drafts)
    if (draft.changed) draft.endpoints.push(...missing.splice(0, capacity - draft.endpoints.length))
  if (missing.length === 0) return missing
  const fullest = drafts
    .filter(({ endpoints }) => endpoints.length + missing.length <= capacity)
    .sort((a, b) => b.endpoints.length - a.endpoints.length)[0]
  if (!fullest) return missing
  fullest.endpoints.push(...missing)
  fullest.changed = true
  return []
}

function labelled(service: Service, metadata: EndpointSlice['metadata']) {
  const labels: Record<string, string> = Object.fromEntries(
    Object.entries(service.metadata.labels ?? {}).filter(([key]) => !ownLabels.has(key)),
  )
  labels[serviceNameLabel] = service.metadata.name ?? ''
  labels[managedByLabel] = managedBy
  if (isHeadless(service)) labels[headlessLabel] = ''
  return { ...metadata, labels }
}

function newSlice(service: Service, group: Group, endpoints: Endpoint[]): EndpointSlice {
  const { namespace, name = '' } = service.metadata
  const owner = controllerReference(ServiceKind, service)
  const generateName = `${name.slice(0, 247)}-`
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: labelled(service, { namespace, generateName, ownerReferences: [owner] }),
    addressType: group.addressType,
    ports: group.ports,
    endpoints,
  }
}
