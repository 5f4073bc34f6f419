/** Which taints a node bears because of its conditions, and how long a pod bears a node's. Pure. */

import type { Node, PodSpec } from '../../api/types.ts'
import { conditionOf, type Taint } from './health.ts'

type Toleration = NonNullable<PodSpec['tolerations']>[number]

const prefix = 'node.kubernetes.io/'
export const notReady = `${prefix}not-ready`
export const unreachable = `${prefix}unreachable`

/** Taints of these keys are ours to add and to remove. */
const byCondition: readonly [condition: string, status: string, key: string][] = [
  ['Ready', 'False', notReady],
  ['Ready', 'Unknown', unreachable],
  ['MemoryPressure', 'True', `${prefix}memory-pressure`],
  ['DiskPressure', 'True', `${prefix}disk-pressure`],
  ['PIDPressure', 'True', `${prefix}pid-pressure`],
  ['NetworkUnavailable', 'True', `${prefix}network-unavailable`],
]
const unschedulable = `${prefix}unschedulable`
const noSchedule = new Set([...byCondition.map(([, , key]) => key), unschedulable])
const noExecute = new Set([notReady, unreachable])

const isOurs = ({ key, effect }: Taint): boolean =>
  (effect === 'NoSchedule' && noSchedule.has(key)) || (effect === 'NoExecute' && noExecute.has(key))

/**
 * The taints the node should have; others' are left alone, and ours that stay keep their time.
 * @param evict whether pods may be made to leave: not when no node at all is ready
 * @param now RFC 3339
 */
export function wantedTaints(node: Node, evict: boolean, now: string): Taint[] {
  const old = node.spec?.taints ?? []
  const wanted: Taint[] = []
  const want = (key: string, effect: string) => {
    const known = old.find((taint) => taint.key === key && taint.effect === effect)
    if (known) wanted.push(known)
    else if (effect === 'NoSchedule' || evict) wanted.push({ key, effect, timeAdded: now })
  }
  for (const [type, status, key] of byCondition) {
    const actual = conditionOf(node, type)?.status ?? (type === 'Ready' ? 'False' : '')
    if (actual !== status) continue
    want(key, 'NoSchedule')
    if (noExecute.has(key)) want(key, 'NoExecute')
  }
  if (node.spec?.unschedulable) want(unschedulable, 'NoSchedule')
  return [...old.filter((taint) => !isOurs(taint)), ...wanted]
}

export const sameTaints = (a: readonly Taint[], b: readonly Taint[]): boolean =>
  a.length === b.length &&
  a.every(({ key, effect, value }) =>
    b.some((other) => other.key === key && other.effect === effect && other.value === value),
  )

export const noExecuteTaints = ({ spec }: Node): Taint[] =>
  (spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')

function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint) {
  if (effect && effect !== taint.effect) return false
  if (key && key !== taint.key) return false
  if (operator === 'Exists') return true
  return key !== undefined && key !== '' && value === (taint.value ?? '')
}

/**
 * From when on a pod must be gone from a node with these `NoExecute` taints, in milliseconds since the epoch:
 * `Infinity` when it bears them all for ever.
 */
export function evictionTime(
  tolerations: readonly Toleration[],
  taints: readonly Taint[],
  now: number,
): number {
  let earliest = Number.POSITIVE_INFINITY
  for (const taint of taints) {
    const bearing = tolerations.filter((toleration) => tolerates(toleration, taint))
    if (bearing.length === 0) return now
    const seconds = bearing.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
    if (seconds.length === 0) continue
    const since = taint.timeAdded ? Date.parse(taint.timeAdded) : now
    earliest = Math.min(earliest, since + Math.max(0, Math.min(...seconds)) * 1_000)
  }
  return earliest
}
