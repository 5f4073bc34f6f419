/**
 * Spreads pods over zones, nodes or whatever a label names: as a condition where the pod says `DoNotSchedule`, else as a
 * preference. Pods that say nothing but have a controller are spread over nodes and zones by default, counted against
 * the pods of the same controller.
 */

import { type Selector, selectorMatches } from '../../../api/selector.ts'
import type { PodSpec } from '../../../api/types.ts'
import type { ClusterState } from '../cluster-state.ts'
import type { NodeInfo } from '../node-info.ts'
import { type Filter, highest, type Plugin, type Refusal } from '../plugin.ts'
import type { PodInfo } from '../pod-info.ts'
import { type Labels, ownValues, readSelector } from '../terms.ts'
import { requiredNodes } from './node-affinity.ts'
import { untolerated } from './taint-toleration.ts'

const hostname = 'kubernetes.io/hostname'
const uneven: Refusal = {
  reasons: ["node(s) didn't match pod topology spread constraints"],
  hopeless: false,
}
const unlabelled: Refusal = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  hopeless: true,
}

interface Constraint {
  key: string
  maxSkew: number
  minDomains: number
  /** Whether the node counts at all. */
  counts(node: NodeInfo): boolean
  /** Pods on the node that are spread with this one. */
  matching(node: NodeInfo): number
  /** Whether the pod itself is one of them. */
  self: 0 | 1
}

type Spread = NonNullable<PodSpec['topologySpreadConstraints']>[number]

function constraintsOf(info: PodInfo, effect: Spread['whenUnsatisfiable']): Constraint[] {
  const { pod } = info
  const required = requiredNodes(info)
  return (pod.spec?.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === effect)
    .map((spread): Constraint => {
      const read = readSelector(spread.labelSelector)
      const selector = read && [
        ...read,
        ...ownValues(spread.matchLabelKeys, pod.metadata.labels, 'in'),
      ]
      const byAffinity = spread.nodeAffinityPolicy !== 'Ignore' ? required : undefined
      const byTaints = spread.nodeTaintsPolicy === 'Honor'
      return {
        key: spread.topologyKey,
        maxSkew: spread.maxSkew,
        minDomains: spread.minDomains ?? 1,
        counts: (node) =>
          (!byAffinity || byAffinity(node)) &&
          (!byTaints || !untolerated(pod.spec?.tolerations, node.taints)),
        matching: (node) => countMatching(node, info.namespace, selector),
        self: selector && selectorMatches(selector, pod.metadata.labels) ? 1 : 0,
      }
    })
}

function countMatching(node: NodeInfo, namespace: string, selector: Selector | undefined): number {
  if (!selector) return 0
  let count = 0
  for (const { pod, namespace: other } of node.pods.values())
    if (
      other === namespace &&
      !pod.metadata.deletionTimestamp &&
      selectorMatches(selector, pod.metadata.labels)
    )
      count++
  return count
}

const domainOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined

const hasAll = ({ labels }: NodeInfo, constraints: readonly Constraint[]): boolean =>
  constraints.every(({ key }) => domainOf(labels, key) !== undefined)

/** Matching pods in each domain, over all nodes that have every constraint's label. */
function countDomains(
  constraint: Constraint,
  nodes: readonly NodeInfo[],
  eligible: (node: NodeInfo) => boolean,
): Map<string, number> {
  const counts = new Map<string, number>()
  for (const node of nodes) {
    const domain = domainOf(node.labels, constraint.key)
    if (domain === undefined || !eligible(node) || !constraint.counts(node)) continue
    counts.set(domain, (counts.get(domain) ?? 0) + constraint.matching(node))
  }
  return counts
}

function filter(info: PodInfo, cluster: ClusterState): Filter | undefined {
  const constraints = constraintsOf(info, 'DoNotSchedule')
  if (constraints.length === 0) return undefined
  const judged = constraints.map((constraint) => {
    const counts = countDomains(constraint, cluster.nodes, (node) => hasAll(node, constraints))
    const fewest = counts.size < constraint.minDomains ? 0 : Math.min(...counts.values())
    return { ...constraint, domains: counts, fewest: Number.isFinite(fewest) ? fewest : 0 }
  })
  return ({ labels }) => {
    for (const { key, maxSkew, self, domains, fewest } of judged) {
      const domain = domainOf(labels, key)
      if (domain === undefined) return unlabelled
      if ((domains.get(domain) ?? 0) + self - fewest > maxSkew) return uneven
    }
    return undefined
  }
}

/** Preferences of a pod that has none of its own. */
function defaults({ owner }: PodInfo): Constraint[] {
  if (owner === undefined) return []
  const matching = ({ staying }: NodeInfo) => staying.get(owner) ?? 0
  const common = { minDomains: 1, counts: () => true, matching, self: 1 as const }
  return [
    { ...common, key: hostname, maxSkew: 3 },
    { ...common, key: 'topology.kubernetes.io/zone', maxSkew: 5 },
  ]
}

function score(
  info: PodInfo,
  nodes: readonly NodeInfo[],
  cluster: ClusterState,
): number[] | undefined {
  const own = info.pod.spec?.topologySpreadConstraints ?? []
  const constraints = own.length > 0 ? constraintsOf(info, 'ScheduleAnyway') : defaults(info)
  if (constraints.length === 0) return undefined
  const strict = own.length > 0
  const eligible = (node: NodeInfo) => !strict || hasAll(node, constraints)
  const weighted = constraints.map((constraint) => {
    const { key } = constraint
    const candidates = nodes.filter(eligible)
    const perNode = key === hostname
    const domains = new Set(candidates.map(({ labels }) => domainOf(labels, key)))
    domains.delete(undefined)
    return {
      ...constraint,
      weight: Math.log((perNode ? candidates.length : domains.size) + 2),
      totals:
        perNode || domains.size === 0
          ? undefined
          : countDomains(constraint, cluster.nodes, eligible),
    }
  })
  const raw = nodes.map((node) => {
    if (!eligible(node)) return undefined
    let sum = 0
    for (const { key, maxSkew, weight, totals, matching } of weighted) {
      const domain = domainOf(node.labels, key)
      if (domain === undefined) continue
      sum += (totals ? (totals.get(domain) ?? 0) : matching(node)) * weight + (maxSkew - 1)
    }
    return Math.round(sum)
  })
  return fewestFirst(raw)
}

/** The fewer the better; nodes without the labels last. */
function fewestFirst(raw: readonly (number | undefined)[]): number[] {
  let min = Number.POSITIVE_INFINITY
  let max = 0
  for (const value of raw)
    if (value !== undefined) {
      min = Math.min(min, value)
      max = Math.max(max, value)
    }
  return raw.map((value) => {
    if (value === undefined) return 0
    return max === 0 ? highest : Math.trunc((highest * (max + min - value)) / max)
  })
}

export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  retryAfter: [
    'node-added',
    'node-labels',
    'node-taints',
    'pod-placed',
    'pod-changed',
    'pod-removed',
  ],
  weight: 2,
  filter,
  score,
}
