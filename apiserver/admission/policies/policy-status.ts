/** Writes into the status of validating policies what type checking says of them; once for each generation. */

import type { ValidatingAdmissionPolicy } from '../../../api/types.ts'
import { type Cluster, isConflict, isNotFound } from '../../../controllers/framework/cluster.ts'
import type { Kind } from '../../../controllers/framework/kind.ts'
import { type FollowPorts, followChanges } from '../../registry/follow-changes.ts'
import type { Resource } from '../../resources/resource.ts'
import { typeWarnings } from './type-checking.ts'

type Policy = ValidatingAdmissionPolicy & { metadata: { name?: string; generation?: number } }

const group = 'admissionregistration.k8s.io'
const PolicyKind: Kind<Policy> = {
  group,
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  namespaced: false,
}

export interface PolicyStatusPorts extends FollowPorts {
  cluster: Cluster
  /** What is served at the moment. */
  resources(): Iterable<Resource>
}

/** @returns ends it */
export function followPolicies(ports: PolicyStatusPorts): () => void {
  /** The newest version of each policy that waits; as many as there are policies. */
  const waiting = new Map<string, Policy>()
  let running = false
  let ended = false
  const drain = async () => {
    running = true
    for (const [name, policy] of waiting) {
      if (ended) break
      waiting.delete(name)
      await settle(policy, ports).catch(ports.report)
    }
    running = false
  }
  const stop = followChanges(ports, `${PolicyKind.plural}.${group}`, {
    reset: () => waiting.clear(),
    changed({ name, object }) {
      waiting.delete(name)
      const policy = object as Policy
      if (isSettled(policy)) return
      waiting.set(name, policy)
      if (!running) void drain()
    },
    gone: ({ name }) => waiting.delete(name),
  })
  return () => {
    ended = true
    stop()
  }
}

const isSettled = ({ metadata, status }: Policy): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)

async function settle(policy: Policy, { cluster, resources }: PolicyStatusPorts): Promise<void> {
  const expressionWarnings = typeWarnings(policy.spec ?? {}, resources())
  const status = {
    ...policy.status,
    observedGeneration: policy.metadata.generation,
    typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {},
  }
  try {
    await cluster.update(PolicyKind, { ...policy, status }, { subresource: 'status' })
  } catch (error) {
    // It changed or went in the meantime: that is a change, and it comes by again.
    if (!isConflict(error) && !isNotFound(error)) throw error
  }
}
