/**
 * Keeps the rules of cluster roles that gather those of others: after every change of a cluster role all of them are worked
 * out anew, and those that differ are written. One round at a time.
 */

import { same } from '../../../api/same.ts'
import type { ClusterRole } from '../../../api/types.ts'
import { type Cluster, isConflict, isNotFound } from '../../../controllers/framework/cluster.ts'
import { type FollowPorts, followChanges } from '../../registry/follow-changes.ts'
import { rounds } from '../../registry/rounds.ts'
import { gatheredRules } from './aggregation.ts'
import { ClusterRoleKind } from './kinds.ts'
import { type Role, rbacGroup } from './role-index.ts'

export interface AggregationPorts extends FollowPorts {
  cluster: Cluster
}

/** @returns ends it */
export function aggregateClusterRoles(ports: AggregationPorts): () => void {
  const roles = new Map<string, Role>()
  const { due, end } = rounds(ports, () => round(ports.cluster, [...roles.values()]))
  const stop = followChanges(ports, `clusterroles.${rbacGroup}`, {
    reset: () => roles.clear(),
    changed({ name, object }) {
      roles.set(name, object as Role)
      due()
    },
    gone({ name }) {
      roles.delete(name)
      due()
    },
  })
  return () => {
    end()
    stop()
  }
}

async function round(cluster: Cluster, roles: readonly Role[]): Promise<void> {
  for (const role of roles) {
    const rules = gatheredRules(role, roles)
    if (!rules || same(rules, role.rules ?? [])) continue
    try {
      await cluster.update(ClusterRoleKind, { ...role, rules } as unknown as ClusterRole)
    } catch (error) {
      // It changed or went in the meantime: that is a change, and there will be another round.
      if (!isConflict(error) && !isNotFound(error)) throw error
    }
  }
}
