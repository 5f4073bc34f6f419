/**
 * Lets a node's agent do what an agent needs: its own node, lease and pods, and of secrets, config maps, claims and volumes
 * only those that its pods use. What it writes into its own objects is admission's to limit.
 */

import type { User } from '../../registry/registry.ts'
import {
  type Attributes,
  allowed,
  type Decision,
  type ResourceAttributes,
  refused,
} from '../authorization.ts'
import { nodeRules } from '../policy/node-rules.ts'
import { ruleAllows } from '../rbac/policy-rule.ts'
import type { NodeGraph, Referred } from './node-graph.ts'

export const nodesGroup = 'system:nodes'
const userPrefix = 'system:node:'

/** Whose agent this is: a member of `system:nodes` named `system:node:NAME`. */
export function nodeOf({ name, groups }: User): string | undefined {
  if (!name.startsWith(userPrefix) || !groups.includes(nodesGroup)) return undefined
  return name.slice(userPrefix.length) || undefined
}

const because = (reason: string): Decision => ({ allowed: false, reason })
const reading = new Set(['get', 'list', 'watch'])
const ownWrites = new Set(['get', 'create', 'update', 'patch', 'delete'])

export function nodeAuthorizer(graph: NodeGraph): (attributes: Attributes) => Decision {
  return (attributes) => {
    const node = nodeOf(attributes.user)
    if (node === undefined) return refused
    const special = 'path' in attributes ? undefined : decide(graph, node, attributes)
    if (special) return special
    return nodeRules.some((rule) => ruleAllows(rule, attributes)) ? allowed : refused
  }
}

/** `undefined`: one rule for all nodes is enough. */
function decide(
  graph: NodeGraph,
  node: string,
  attributes: ResourceAttributes,
): Decision | undefined {
  const { group, resource } = attributes
  switch (group === '' ? resource : `${resource}.${group}`) {
    case 'secrets':
    case 'configmaps':
      return readRelated(graph, node, resource as Referred, attributes)
    case 'persistentvolumeclaims':
      return attributes.subresource === 'status'
        ? writeStatus(graph, node, attributes)
        : getRelated(graph, node, 'persistentvolumeclaims', attributes)
    case 'persistentvolumes':
      return getRelated(graph, node, 'persistentvolumes', attributes)
    case 'resourceclaims.resource.k8s.io':
      return getRelated(graph, node, 'resourceclaims', attributes)
    case 'serviceaccounts':
      return createToken(graph, node, attributes)
    case 'leases.coordination.k8s.io':
      return ownLease(node, attributes)
    case 'csinodes.storage.k8s.io':
      return ownCsiNode(node, attributes)
    case 'nodes':
      return ownNode(node, attributes)
    case 'pods':
      return ownPods(graph, node, attributes)
    default:
      return undefined
  }
}

function related(
  graph: NodeGraph,
  node: string,
  kind: Referred,
  { namespace, name }: ResourceAttributes,
): Decision {
  if (name === '') return because('No Object name found')
  return graph.reaches(node, kind, namespace, name)
    ? allowed
    : because(`no relationship found between node '${node}' and this object`)
}

function readRelated(
  graph: NodeGraph,
  node: string,
  kind: Referred,
  attributes: ResourceAttributes,
): Decision {
  if (!reading.has(attributes.verb)) return because('can only read resources of this type')
  if (attributes.subresource) return because('cannot read subresource')
  if (attributes.namespace === '') return because('can only read namespaced object of this type')
  return related(graph, node, kind, attributes)
}

function getRelated(
  graph: NodeGraph,
  node: string,
  kind: Referred,
  attributes: ResourceAttributes,
): Decision {
  if (attributes.verb !== 'get') return because('can only get individual resources of this type')
  if (attributes.subresource) return because('cannot get subresource')
  return related(graph, node, kind, attributes)
}

function writeStatus(graph: NodeGraph, node: string, attributes: ResourceAttributes): Decision {
  if (attributes.verb !== 'update' && attributes.verb !== 'patch')
    return because('can only get/update/patch this type')
  return related(graph, node, 'persistentvolumeclaims', attributes)
}

function createToken(graph: NodeGraph, node: string, attributes: ResourceAttributes): Decision {
  if (attributes.verb !== 'create' || attributes.name === '')
    return because('can only create tokens for individual service accounts')
  if (attributes.subresource !== 'token')
    return because('can only create token subresource of serviceaccount')
  return related(graph, node, 'serviceaccounts', attributes)
}

function ownLease(node: string, { verb, namespace, name }: ResourceAttributes): Decision {
  if (!ownWrites.has(verb))
    return because('can only get, create, update, patch, or delete a node lease')
  if (namespace !== 'kube-node-lease')
    return because('can only access leases in the "kube-node-lease" system namespace')
  // The name of a new one is not known yet: admission looks at it.
  if (verb !== 'create' && name !== node)
    return because('can only access node lease with the same name as the requesting node')
  return allowed
}

function ownCsiNode(node: string, { verb, subresource, name }: ResourceAttributes): Decision {
  if (!ownWrites.has(verb))
    return because('can only get, create, update, patch, or delete a CSINode')
  if (subresource) return because('cannot authorize CSINode subresources')
  if (verb !== 'create' && name !== node)
    return because('can only access CSINode with the same name as the requesting node')
  return allowed
}

function ownNode(node: string, { verb, subresource = '', name }: ResourceAttributes): Decision {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allowed : refused
  if (subresource !== '') return refused
  switch (verb) {
    case 'create':
    case 'update':
    case 'patch':
      return allowed
    case 'get':
    case 'list':
    case 'watch':
      if (name === node) return allowed
      return because(
        name === ''
          ? `node '${node}' cannot read all nodes, only its own Node object`
          : `node '${node}' cannot read '${name}', only its own Node object`,
      )
    default:
      return refused
  }
}

function ownPods(graph: NodeGraph, node: string, attributes: ResourceAttributes): Decision {
  const { verb, subresource = '', fields = [], name } = attributes
  switch (subresource) {
    case '':
      break
    case 'status':
      return verb === 'update' || verb === 'patch' ? allowed : refused
    case 'eviction':
      return verb === 'create' ? allowed : refused
    default:
      return refused
  }
  switch (verb) {
    case 'get':
      return getRelated(graph, node, 'pods', attributes)
    case 'list':
    case 'watch':
      if (fields.some((field) => isOwnNode(field, node))) return allowed
      if (name !== '') return related(graph, node, 'pods', attributes)
      return because('can only list/watch pods with spec.nodeName field selector')
    case 'create':
    case 'delete':
      return allowed
    default:
      return refused
  }
}

const isOwnNode = (
  { key, operator, values }: NonNullable<ResourceAttributes['fields']>[number],
  node: string,
) => key === 'spec.nodeName' && operator === '=' && values[0] === node
