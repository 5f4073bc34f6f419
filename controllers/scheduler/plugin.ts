/** The contract of a scheduling rule. A rule reads the pod and the cluster; it changes nothing and waits for nothing. */

import type { ClusterState } from './cluster-state.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** Why a node will not do. Made once, not once a node. */
export interface Refusal {
  /** As they stand in the message, each counted by itself. */
  reasons: readonly string[]
  /** Not even an empty node would do, so evicting others would not help. */
  hopeless: boolean
}

/** Judges one node; `undefined`: it will do. */
export type Filter = (node: NodeInfo) => Refusal | undefined

/** What may let a pod in that was refused before. */
export type ClusterEvent =
  | 'node-added'
  | 'node-labels'
  | 'node-taints'
  | 'node-capacity'
  | 'pod-placed'
  | 'pod-changed'
  | 'pod-removed'
  | 'namespace-changed'

export interface Plugin {
  readonly name: string
  /** After which events a pod that this rule refused is worth another try. */
  readonly retryAfter: readonly ClusterEvent[]
  /** Looks at the cluster once a pod, before the first node; `undefined` when this pod does not concern it. */
  filter?(pod: PodInfo, cluster: ClusterState): Filter | undefined
  /** How much the scores count. */
  readonly weight?: number
  /** From 0 to 100 for each of `nodes`, the higher the better; `undefined` when all are alike to it. */
  score?(pod: PodInfo, nodes: readonly NodeInfo[], cluster: ClusterState): number[] | undefined
}

export const highest = 100

/** Scores so that the greatest becomes 100; with `reverse`, so that it becomes 0. */
export function proportionalTo(raw: readonly number[], { reverse = false } = {}): number[] {
  const max = Math.max(0, ...raw)
  if (max === 0) return raw.map(() => (reverse ? highest : 0))
  return raw.map((value) => {
    const score = Math.trunc((highest * value) / max)
    return reverse ? highest - score : score
  })
}
