/** A node's own object, and the claims that it grows: which of their fields are the agent's to write. */

import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '../../../api/object.ts'
import type { Node, PersistentVolumeClaim } from '../../../api/types.ts'
import type { AdmissionRequest } from '../admission.ts'

type Labels = Readonly<Record<string, string>>

export function nodeProblem(
  node: string,
  { operation, name, object, old }: AdmissionRequest,
): string | undefined {
  const itself = JSON.stringify(node)
  const requested = name || object?.metadata.name || ''
  if (requested !== node)
    return `node ${itself} is not allowed to modify node ${JSON.stringify(requested)}`
  if (operation === 'DELETE' || !object) return undefined
  const now = object as unknown as Node
  const before = old as unknown as Node | undefined
  const labels = forbiddenLabels(now.metadata.labels ?? {}, before?.metadata.labels ?? {})
  if (!before && now.spec?.configSource)
    return `node ${itself} is not allowed to create pods with a non-nil configSource`
  if (!before)
    return labels.length === 0
      ? undefined
      : `node ${itself} is not allowed to set the following labels: ${labels.join(', ')}`
  if (
    now.spec?.configSource &&
    !isDeepStrictEqual(now.spec.configSource, before.spec?.configSource)
  )
    return `node ${itself} is not allowed to update configSource to a new non-nil configSource`
  if (!isDeepStrictEqual(now.spec?.taints ?? [], before.spec?.taints ?? []))
    return `node ${itself} is not allowed to modify taints`
  const owners = ({ metadata }: Node) => metadata.ownerReferences ?? []
  if (!isDeepStrictEqual(owners(now), owners(before)))
    return `node ${itself} is not allowed to modify ownerReferences`
  if (labels.length > 0) return `is not allowed to modify labels: ${labels.join(', ')}`
  return undefined
}

/** What an agent knows of its node by itself. */
const agentLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
])
const agentDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const systemDomains = ['kubernetes.io', 'k8s.io']
const restrictedDomains = ['node-restriction.kubernetes.io']

const isWithin = (domain: string, domains: readonly string[]): boolean =>
  domains.some((each) => domain === each || domain.endsWith(`.${each}`))

/** By these labels pods are drawn to nodes, or kept from them. */
function isForbidden(label: string): boolean {
  const slash = label.indexOf('/')
  const domain = slash < 0 ? '' : label.slice(0, slash)
  if (isWithin(domain, restrictedDomains)) return true
  if (!isWithin(domain, systemDomains)) return false
  return !agentLabels.has(label) && !isWithin(domain, agentDomains)
}

function forbiddenLabels(now: Labels, before: Labels): string[] {
  const names = new Set([...Object.keys(now), ...Object.keys(before)])
  const changed = [...names].filter(
    (name) =>
      Object.hasOwn(now, name) !== Object.hasOwn(before, name) || now[name] !== before[name],
  )
  return changed.filter(isForbidden).sort()
}

export function claimStatusProblem(
  node: string,
  { operation, subresource, object, old }: AdmissionRequest,
): string | undefined {
  if (subresource !== 'status') return 'may only update PVC status'
  if (operation !== 'UPDATE') return `unexpected operation ${JSON.stringify(operation)}`
  const same = isDeepStrictEqual(fixedPart(object), fixedPart(old))
  return same
    ? undefined
    : `node ${JSON.stringify(node)} is not allowed to update fields other than status.capacity and status.conditions`
}

/** A claim without what an agent may write, and what differs by itself. */
function fixedPart(claim: KubernetesObject | undefined): object {
  const { metadata, status, ...rest } = claim as unknown as PersistentVolumeClaim
  const { resourceVersion: _, managedFields: __, ...meta } = metadata
  const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...kept } =
    status ?? {}
  return { ...rest, metadata: meta, status: kept }
}
