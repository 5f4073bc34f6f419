/** Places pods where `nodeSelector` and node affinity say, and rather where preferred terms match. */

import { selectorMatches } from '../../../api/selector.ts'
import type { NodeInfo } from '../node-info.ts'
import { type Plugin, proportionalTo, type Refusal } from '../plugin.ts'
import type { PodInfo } from '../pod-info.ts'
import { nodeTerm, nodeTermMatches } from '../terms.ts'

const refusal: Refusal = {
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
  hopeless: true,
}

/** Whether nodes are what the pod requires; `undefined` when it requires nothing. Also decides which nodes pods spread over. */
export function requiredNodes({ pod }: PodInfo): ((node: NodeInfo) => boolean) | undefined {
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const exact = Object.entries(pod.spec?.nodeSelector ?? {}).map(([key, value]) => ({
    key,
    operator: '=' as const,
    values: [value],
  }))
  if (!required && exact.length === 0) return undefined
  const terms = required?.nodeSelectorTerms.map(nodeTerm)
  return ({ name, labels }) =>
    selectorMatches(exact, labels) &&
    (!terms || terms.some((term) => term && nodeTermMatches(term, name, labels)))
}

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  retryAfter: ['node-added', 'node-labels'],
  weight: 2,
  filter(pod) {
    const matches = requiredNodes(pod)
    return matches && ((node) => (matches(node) ? undefined : refusal))
  },
  score({ pod }, nodes) {
    const preferred =
      pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    if (preferred.length === 0) return undefined
    const terms = preferred.map(({ preference, weight }) => ({
      weight,
      // One that says nothing matches every node.
      term: nodeTerm(preference) ?? { labels: [], fields: [] },
    }))
    return proportionalTo(
      nodes.map(({ name, labels }) =>
        terms.reduce(
          (sum, { term, weight }) => sum + (nodeTermMatches(term, name, labels) ? weight : 0),
          0,
        ),
      ),
    )
  },
}
