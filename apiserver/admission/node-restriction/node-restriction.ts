/**
 * NodeRestriction: what the agent of a node may write, beyond what it may touch at all. A node that somebody has taken
 * over must not draw other pods to itself, hide behind owners, or speak for other nodes.
 */

import type { KubernetesObject } from '../../../api/object.ts'
import type { Pod } from '../../../api/types.ts'
import type { Authorizer } from '../../auth/authorization.ts'
import { nodeOf } from '../../auth/node/node-authorizer.ts'
import type { Lister } from '../../registry/lister.ts'
import { readThrough } from '../../registry/read-through.ts'
import { qualifiedName } from '../../resources/resource.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { refusal } from '../refusal.ts'
import { claimStatusProblem, nodeProblem } from './own-objects.ts'
import { mirrorPodProblem, podStatusProblem } from './own-pods.ts'
import { audienceProblem } from './token-audience.ts'

export interface NodeRestrictionPorts {
  lister: Lister
  /** For audiences of tokens that no pod asks for. */
  authorize: Authorizer
}

/** Why not; `undefined`: it may. */
type Rule = (
  node: string,
  request: AdmissionRequest,
  ports: NodeRestrictionPorts,
) => string | undefined | Promise<string | undefined>

export function nodeRestriction(ports: NodeRestrictionPorts): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    async mutate(request) {
      const { user, resource, operation } = request
      if (operation === 'CONNECT' || !user.groups.includes('system:nodes')) return
      const rule = rules.get(qualifiedName(resource))
      if (!rule) return
      const node = nodeOf(user)
      if (node === undefined)
        throw refusal(request, `could not determine node from user ${JSON.stringify(user.name)}`)
      const problem = await rule(node, request, ports)
      if (problem !== undefined) throw refusal(request, problem)
    },
  }
}

const pods: Rule = (node, request, { lister }) => {
  const { subresource, operation, old } = request
  const itself = JSON.stringify(node)
  switch (subresource) {
    case '':
      if (operation === 'CREATE') return mirrorPodProblem(node, request, lister)
      if (operation !== 'DELETE')
        return `unexpected operation ${JSON.stringify(operation)}, node ${itself} can only create and delete mirror pods`
      return placeOf(old) === node
        ? undefined
        : `node ${itself} can only delete pods with spec.nodeName set to itself`
    case 'status':
      return podStatusProblem(node, request)
    case 'eviction':
      return placeOf(lister.get('pods', request.namespace, request.name)) === node
        ? undefined
        : `node ${node} can only evict pods with spec.nodeName set to itself`
    default:
      return `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`
  }
}

const placeOf = (pod: KubernetesObject | undefined) => (pod as Pod | undefined)?.spec?.nodeName

interface BoundObjectRef {
  apiVersion?: string
  kind?: string
  name?: string
  uid?: string
}

/** A token only for a pod that runs here. */
const tokens: Rule = async (node, request, ports) => {
  const { operation, subresource, object, namespace } = request
  if (operation !== 'CREATE' || subresource !== 'token') return undefined
  const { boundObjectRef: ref } = (object?.spec ?? {}) as { boundObjectRef?: BoundObjectRef }
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name)
    return 'node requested token not bound to a pod'
  if (!ref.uid) return 'node requested token with a pod binding without a uid'
  const pod = await readThrough<Pod>(ports.lister, 'pods', namespace, ref.name)
  if (!pod) return `pod ${JSON.stringify(ref.name)} not found`
  if (pod.metadata.uid !== ref.uid)
    return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`
  if (pod.spec?.nodeName !== node)
    return 'node requested token bound to a pod scheduled on a different node'
  return audienceProblem(request, pod, ports)
}

const nameOf = ({ name, object }: AdmissionRequest) => name || object?.metadata.name

function leases(node: string, request: AdmissionRequest): string | undefined {
  if (request.namespace !== 'kube-node-lease')
    return 'can only access leases in the "kube-node-lease" system namespace'
  return nameOf(request) === node
    ? undefined
    : 'can only access node lease with the same name as the requesting node'
}

function csiNodes(node: string, request: AdmissionRequest): string | undefined {
  return nameOf(request) === node
    ? undefined
    : 'can only access CSINode with the same name as the requesting node'
}

function resourceSlices(node: string, { object, old }: AdmissionRequest): string | undefined {
  const { nodeName } = ((object ?? old)?.spec ?? {}) as { nodeName?: string }
  return nodeName === node
    ? undefined
    : 'can only access ResourceSlice with the same NodeName as the requesting node'
}

const rules = new Map<string, Rule>([
  ['pods', pods],
  ['nodes', nodeProblem],
  ['persistentvolumeclaims', claimStatusProblem],
  ['serviceaccounts', tokens],
  ['leases.coordination.k8s.io', leases],
  ['csinodes.storage.k8s.io', csiNodes],
  ['resourceslices.resource.k8s.io', resourceSlices],
])
