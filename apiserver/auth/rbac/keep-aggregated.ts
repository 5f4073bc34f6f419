/**
 * Keeps the rules of cluster roles that gather those of others: after every change of a cluster role all of them are worked
 * out anew, and those that differ are written. One round at a time.
 */

import { same } from '../../../api/same.ts'
import type { ClusterRole } from '../../../api/types.ts'
import { type Cluster, isConflict, isNotFound } from '../../../controllers/framework/cluster.ts'
import type { Cancel } from '../../../ports/clock.ts'
import { type FollowPorts, followChanges } from '../../registry/follow-changes.ts'
import { gatheredRules } from './aggregation.ts'
import { ClusterRoleKind } from './kinds.ts'
import { type Role, rbacGroup } from './role-index.ts'

export interface AggregationPorts extends FollowPorts {
  cluster: Cluster
}

/** Milliseconds until a round that failed is tried again. */
const retryMs = 1_000

/** @returns ends it */
export function aggregateClusterRoles(ports: AggregationPorts): () => void {
  const roles = new Map<string, Role>()
  let running = false
  let again = false
  let ended = false
  let cancelRetry: Cancel = () => {}
  const rounds = async () => {
    running = true
    try {
      while (again && !ended) {
        again = false
        await round(ports.cluster, [...roles.values()])
      }
    } catch (error) {
      ports.report(error)
      cancelRetry = ports.clock.after(retryMs, changed)
    } finally {
      running = false
    }
  }
  const changed = () => {
    again = true
    if (!running) queueMicrotask(() => void (running || ended || rounds()))
  }
  const stop = followChanges(ports, `clusterroles.${rbacGroup}`, {
    reset: () => roles.clear(),
    changed({ name, object }) {
      roles.set(name, object as Role)
      changed()
    },
    gone({ name }) {
      roles.delete(name)
      changed()
    },
  })
  return () => {
    ended = true
    cancelRetry()
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
