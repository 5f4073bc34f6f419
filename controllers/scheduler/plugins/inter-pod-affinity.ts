/**
 * Places pods near or far from others, by label and topology. What running pods demand of newcomers counts as much as what
 * the newcomer demands of them.
 */

import type { ClusterState } from '../cluster-state.ts'
import type { NodeInfo } from '../node-info.ts'
import { type Filter, highest, type Plugin, type Refusal } from '../plugin.ts'
import type { PodInfo } from '../pod-info.ts'
import { type PodTerm, termMatches } from '../terms.ts'

const refuse = (reason: string, hopeless: boolean): Refusal => ({ reasons: [reason], hopeless })
const noAffinity = refuse("node(s) didn't match pod affinity rules", true)
const antiAffinity = refuse("node(s) didn't match pod anti-affinity rules", false)
const existingAntiAffinity = refuse(
  "node(s) didn't satisfy existing pods anti-affinity rules",
  false,
)

/** Numbers by topology key and value. */
class Topologies {
  readonly #byKey = new Map<string, Map<string, number>>()

  get empty(): boolean {
    return this.#byKey.size === 0
  }

  add({ labels }: NodeInfo, key: string, amount: number): void {
    if (!Object.hasOwn(labels, key)) return
    const value = labels[key] ?? ''
    const values = this.#byKey.get(key) ?? new Map<string, number>()
    this.#byKey.set(key, values)
    values.set(value, (values.get(value) ?? 0) + amount)
  }

  at({ labels }: NodeInfo, key: string): number {
    if (!Object.hasOwn(labels, key)) return 0
    return this.#byKey.get(key)?.get(labels[key] ?? '') ?? 0
  }

  /** All that applies to the node, whatever the key. */
  sum(node: NodeInfo): number {
    let sum = 0
    for (const key of this.#byKey.keys()) sum += this.at(node, key)
    return sum
  }
}

/** Where running pods do not want the newcomer. */
function forbidden({ pod }: PodInfo, cluster: ClusterState): Topologies {
  const topologies = new Topologies()
  for (const node of cluster.withAntiAffinity)
    for (const existing of node.withAntiAffinity)
      for (const term of existing.antiAffinity)
        if (termMatches(term, pod, cluster.namespaceLabels))
          topologies.add(node, term.topologyKey, 1)
  return topologies
}

/** Where pods run that all the terms mean together (`every`), or each of them alone. */
function wherePodsMatch(
  terms: readonly PodTerm[],
  cluster: ClusterState,
  { every }: { every: boolean },
): Topologies {
  const topologies = new Topologies()
  if (terms.length === 0) return topologies
  for (const node of cluster.nodes)
    for (const { pod } of node.pods.values()) {
      const matching = terms.filter((term) => termMatches(term, pod, cluster.namespaceLabels))
      if (every && matching.length < terms.length) continue
      for (const { topologyKey } of matching) topologies.add(node, topologyKey, 1)
    }
  return topologies
}

function filter(info: PodInfo, cluster: ClusterState): Filter | undefined {
  const { pod, affinity, antiAffinity: avoid } = info
  const unwanted = forbidden(info, cluster)
  if (affinity.length === 0 && avoid.length === 0 && unwanted.empty) return undefined
  const near = wherePodsMatch(affinity, cluster, { every: true })
  const far = wherePodsMatch(avoid, cluster, { every: false })
  // The first of pods that want to be together has nobody to join.
  const first =
    near.empty && affinity.every((term) => termMatches(term, pod, cluster.namespaceLabels))
  return (node) => {
    for (const { topologyKey } of affinity) {
      if (!Object.hasOwn(node.labels, topologyKey)) return noAffinity
      if (!first && near.at(node, topologyKey) <= 0) return noAffinity
    }
    for (const { topologyKey } of avoid) if (far.at(node, topologyKey) > 0) return antiAffinity
    return unwanted.sum(node) > 0 ? existingAntiAffinity : undefined
  }
}

/** How much a running pod's required affinity draws newcomers that it means. */
const hardAffinityWeight = 1

function score(
  info: PodInfo,
  nodes: readonly NodeInfo[],
  cluster: ClusterState,
): number[] | undefined {
  const { preferred, avoided } = info
  const wishes = preferred.length + avoided.length > 0
  const topologies = new Topologies()
  const labels = cluster.namespaceLabels
  const weigh = (
    terms: readonly PodTerm[],
    node: NodeInfo,
    of: PodInfo,
    sign: number,
    weight?: number,
  ) => {
    for (const term of terms)
      if (termMatches(term, of.pod, labels))
        topologies.add(node, term.topologyKey, sign * (weight ?? term.weight))
  }
  for (const node of wishes ? cluster.nodes : cluster.withAffinity)
    for (const existing of wishes ? node.pods.values() : node.withAffinity) {
      weigh(preferred, node, existing, 1)
      weigh(avoided, node, existing, -1)
      weigh(existing.affinity, node, info, 1, hardAffinityWeight)
      weigh(existing.preferred, node, info, 1)
      weigh(existing.avoided, node, info, -1)
    }
  if (topologies.empty) return undefined
  const raw = nodes.map((node) => topologies.sum(node))
  const min = Math.min(...raw)
  const spread = Math.max(...raw) - min
  return raw.map((value) => (spread === 0 ? 0 : Math.trunc((highest * (value - min)) / spread)))
}

export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  retryAfter: [
    'node-added',
    'node-labels',
    'pod-placed',
    'pod-changed',
    'pod-removed',
    'namespace-changed',
  ],
  weight: 2,
  filter,
  score,
}
