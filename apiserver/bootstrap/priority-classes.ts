/** The priority classes of the cluster's own pods, which everybody may rely on and nobody else may make. */

import type { PriorityClass } from '../../api/types.ts'
import { type Cluster, isNotFound } from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'
import { systemPriorities } from '../resources/scheduling/priority-class.ts'
import { ensure } from './ensure.ts'

const kind: Kind<PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  namespaced: false,
}

const descriptions = new Map([
  [
    'system-node-critical',
    'Used for system critical pods that must not be moved from their current node.',
  ],
  [
    'system-cluster-critical',
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ],
])

/** Made where they are missing; nothing is done where the kind is not served. */
export async function ensurePriorityClasses(
  cluster: Pick<Cluster, 'get' | 'create' | 'update'>,
): Promise<void> {
  try {
    for (const [name, value] of systemPriorities)
      await ensure(cluster, kind, {
        metadata: { name },
        value,
        globalDefault: false,
        description: descriptions.get(name),
        preemptionPolicy: 'PreemptLowerPriority',
      })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
