/**
 * Finds the best node for one pod, in one go: judges nodes until enough will do, compares those, and picks one of the
 * best. Nothing is written here.
 */

import type { Random } from '../../ports/random.ts'
import type { ClusterState } from './cluster-state.ts'
import { noNodes, unschedulableMessage } from './message.ts'
import type { NodeInfo } from './node-info.ts'
import type { Filter, Plugin, Refusal } from './plugin.ts'
import type { PodInfo } from './pod-info.ts'

export type Placement =
  | { found: true; node: NodeInfo }
  /** `rejectedBy`: the rules that refused at least one node; none when there were no nodes. */
  | { found: false; message: string; rejectedBy: ReadonlySet<Plugin> }

/** Nodes that all are looked at, however many are asked for. */
const always = 100
/** Percent that is looked at in the largest clusters. */
const leastShare = 5

/** How many nodes that will do are enough to choose among, of `count` nodes. */
export function enough(count: number): number {
  if (count < always) return count
  const share = Math.max(leastShare, 50 - Math.trunc(count / 125))
  return Math.max(always, Math.trunc((count * share) / 100))
}

export class Cycle {
  readonly #plugins: readonly Plugin[]
  readonly #random: Random
  /** Where to begin, so that all nodes get their turn when not all are looked at. */
  #start = 0

  constructor(plugins: readonly Plugin[], random: Random) {
    this.#plugins = plugins
    this.#random = random
  }

  place(pod: PodInfo, cluster: ClusterState): Placement {
    const { nodes } = cluster
    if (nodes.length === 0) return { found: false, message: noNodes, rejectedBy: new Set() }
    const filters = this.#filters(pod, cluster)
    const refusals = new Map<Refusal, Tally>()
    const fitting: NodeInfo[] = []
    const wanted = enough(nodes.length)
    let judged = 0
    for (; judged < nodes.length && fitting.length < wanted; judged++) {
      const node = nodes[(this.#start + judged) % nodes.length]!
      if (judge(node, filters, refusals)) fitting.push(node)
    }
    this.#start = (this.#start + judged) % nodes.length
    if (fitting.length === 0) return unplaced(pod, cluster, refusals)
    return {
      found: true,
      node: fitting.length === 1 ? fitting[0]! : this.#best(pod, fitting, cluster),
    }
  }

  #filters(pod: PodInfo, cluster: ClusterState): Judge[] {
    const filters: Judge[] = []
    for (const plugin of this.#plugins) {
      const filter = plugin.filter?.(pod, cluster)
      if (filter) filters.push({ plugin, filter })
    }
    return filters
  }

  #best(pod: PodInfo, nodes: readonly NodeInfo[], cluster: ClusterState): NodeInfo {
    const totals = new Float64Array(nodes.length)
    for (const { score, weight = 1 } of this.#plugins) {
      const scores = score?.(pod, nodes, cluster)
      if (!scores) continue
      for (let at = 0; at < totals.length; at++) totals[at]! += weight * (scores[at] ?? 0)
    }
    let best = 0
    let alike = 1
    for (let at = 1; at < totals.length; at++) {
      if (totals[at]! > totals[best]!) {
        best = at
        alike = 1
      } else if (totals[at] === totals[best] && this.#random.next() * ++alike < 1) best = at
    }
    return nodes[best]!
  }
}

interface Judge {
  plugin: Plugin
  filter: Filter
}

interface Tally {
  plugin: Plugin
  nodes: number
}

/** Whether the node will do; else counts why not. */
function judge(node: NodeInfo, filters: readonly Judge[], refusals: Map<Refusal, Tally>): boolean {
  for (const { plugin, filter } of filters) {
    const refusal = filter(node)
    if (!refusal) continue
    const tally = refusals.get(refusal)
    if (tally) tally.nodes++
    else refusals.set(refusal, { plugin, nodes: 1 })
    return false
  }
  return true
}

function unplaced(pod: PodInfo, cluster: ClusterState, refusals: Map<Refusal, Tally>): Placement {
  const entries = [...refusals].map(([refusal, { nodes }]) => ({ ...refusal, nodes }))
  const evictable = cluster.nodes.some((node) => {
    for (const other of node.pods.values()) if (other.priority < pod.priority) return true
    return false
  })
  const preempts = pod.pod.spec?.preemptionPolicy !== 'Never'
  return {
    found: false,
    message: unschedulableMessage(cluster.nodes.length, entries, { preempts, evictable }),
    rejectedBy: new Set([...refusals.values()].map(({ plugin }) => plugin)),
  }
}
