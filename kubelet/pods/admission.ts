/** The node's own last word on a pod it was given: whether it fits and was meant for it. Pure. */

import { fromExpression, requirementMatches } from '../../api/selector.ts'
import type { Pod, PodSpec } from '../../api/types.ts'
import type { ResizeRefusal } from './allocation.ts'
import type { NodeSettings } from './node-context.ts'
import { podRequest } from './resources.ts'
import { type Refusal, unsupported } from './unsupported.ts'

type Requirements = NonNullable<
  NonNullable<
    NonNullable<PodSpec['affinity']>['nodeAffinity']
  >['requiredDuringSchedulingIgnoredDuringExecution']
>['nodeSelectorTerms']

function matchesAffinity(
  terms: Requirements,
  labels: Record<string, string>,
  name: string,
): boolean {
  return terms.some((term) => {
    const { matchExpressions = [], matchFields = [] } = term
    if (matchExpressions.length + matchFields.length === 0) return false
    return (
      matchExpressions.every((one) => requirementMatches(fromExpression(one), labels)) &&
      matchFields.every((one) => requirementMatches(fromExpression(one), { 'metadata.name': name }))
    )
  })
}

/** By node selector and required affinity. */
export function meantForNode(
  pod: Pod,
  { labels: labelsOf, nodeName: name }: NodeSettings,
): boolean {
  const labels = labelsOf()
  const wanted = Object.entries(pod.spec?.nodeSelector ?? {})
  if (wanted.some(([key, value]) => !Object.hasOwn(labels, key) || labels[key] !== value))
    return false
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || matchesAffinity(required.nodeSelectorTerms, labels, name)
}

function hostPorts(pod: Pod): string[] {
  return (pod.spec?.containers ?? []).flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort)
      .map(({ hostPort, protocol = 'TCP' }) => `${protocol}/${hostPort}`),
  )
}

/** @param others pods that hold resources of the node already */
export function admit(pod: Pod, others: readonly Pod[], node: NodeSettings): Refusal | undefined {
  if (!pod.spec) return undefined
  const never = unsupported(pod)
  if (never) return never
  const { allocatable } = node
  if (!meantForNode(pod, node))
    return {
      reason: 'NodeAffinity',
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    }
  if (others.length + 1 > allocatable.pods)
    return {
      reason: 'OutOfpods',
      message: `Node didn't have enough resource: pods, requested: 1, used: ${others.length}, capacity: ${allocatable.pods}`,
    }
  const taken = new Set(others.flatMap(hostPorts))
  if (hostPorts(pod).some((port) => taken.has(port)))
    return {
      reason: 'NodePorts',
      message:
        "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    }
  return insufficient(pod, others, node)
}

const capacities = ({ allocatable }: NodeSettings): [name: string, capacity: number][] => [
  ['cpu', allocatable.milliCpu],
  ['memory', allocatable.memoryBytes],
]

function insufficient(pod: Pod, others: readonly Pod[], node: NodeSettings): Refusal | undefined {
  for (const [name, capacity] of capacities(node)) {
    const requested = podRequest(pod, name)
    const used = others.reduce((sum, other) => sum + podRequest(other, name), 0)
    if (requested > 0 && used + requested > capacity)
      return {
        reason: `OutOf${name}`,
        message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
      }
  }
  return undefined
}

/** Whether a pod that runs here may ask for more: not now, or never. */
export function refuseResize(
  pod: Pod,
  others: readonly Pod[],
  node: NodeSettings,
): ResizeRefusal | undefined {
  for (const [name, capacity] of capacities(node).toReversed()) {
    const requested = podRequest(pod, name)
    if (requested > capacity)
      return {
        reason: 'Infeasible',
        message: `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`,
      }
  }
  const refusal = insufficient(pod, others, node)
  return refusal && { reason: 'Deferred', message: refusal.message }
}
