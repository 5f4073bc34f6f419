/**
 * Whether a rollout of this Deployment needs room for a pod that is not there yet, before it may take one away; and which
 * nodes have it. Known before anything is written: a full node would otherwise hold it for ever. Pure.
 */

import { type Amounts, addAmounts, podAmounts } from '../api/pod-resources.ts'
import { isPodActive, isPodTerminating } from '../api/pod-status.ts'
import { parseQuantity } from '../api/quantity.ts'
import type { Deployment, Node, Pod, PodTemplateSpec } from '../api/types.ts'
import { boundsOf, isRollingUpdate } from './bounds.ts'
import { counted } from './span.ts'

export interface Forecast {
  /** `undefined`: it was not looked. */
  fits: boolean | undefined
  message: string
}

/** `undefined` when the rollout may begin by taking a pod away. */
export function foresee(
  deployment: Deployment,
  template: PodTemplateSpec | undefined,
  cluster?: { nodes: readonly Node[]; pods: readonly Pod[] },
): Forecast | undefined {
  const { desired, maxSurge, maxUnavailable } = boundsOf(deployment)
  if (!isRollingUpdate(deployment) || maxUnavailable > 0 || desired === 0) return undefined
  const rule = `With ${counted(desired, 'replica')} the rollout adds ${maxSurge} and takes none away until it is available`
  if (!cluster || !template?.spec)
    return { fits: undefined, message: `${rule}: it needs room for one more pod.` }
  const wanted = podAmounts(template.spec, 'requests')
  const lacks = cluster.nodes.map((node) => ({ node, lack: lackOf(node, cluster.pods, wanted) }))
  const free = lacks.find(({ lack }) => lack === undefined)
  if (free)
    return {
      fits: true,
      message: `${rule}; node "${free.node.metadata.name}" has room for it by its requests.`,
    }
  const list = lacks.map(({ node, lack }) => `${node.metadata.name}: ${lack}`).slice(0, 4)
  return {
    fits: false,
    message: `${rule}, and no node has room for it (${list.join('; ') || 'there are no nodes'}). Set maxUnavailable to 1, or add a node.`,
  }
}

/** What the node lacks for one more pod of these requests. */
function lackOf(node: Node, pods: readonly Pod[], wanted: Amounts): string | undefined {
  if (node.spec?.unschedulable) return 'unschedulable'
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready && ready.status !== 'True') return 'not ready'
  const here = pods.filter(
    (pod) =>
      pod.spec?.nodeName === node.metadata.name && (isPodActive(pod) || isPodTerminating(pod)),
  )
  const used: Amounts = new Map([['pods', BigInt(here.length) * 1_000_000_000n]])
  for (const { spec } of here) if (spec) addAmounts(used, podAmounts(spec, 'requests'))
  const needs: Amounts = new Map([...wanted, ['pods', 1_000_000_000n]])
  const allocatable = new Map(Object.entries(node.status?.allocatable ?? {}))
  for (const [resource, amount] of needs) {
    const all = parseQuantity(allocatable.get(resource) ?? '0') ?? 0n
    if (amount > 0n && (used.get(resource) ?? 0n) + amount > all) return `not enough ${resource}`
  }
  return undefined
}
