/** Keeps pods off nodes whose taints they do not tolerate, and prefers nodes with fewer soft ones. */

import type { PodSpec } from '../../../api/types.ts'
import { type Plugin, proportionalTo, type Refusal } from '../plugin.ts'

type Toleration = NonNullable<PodSpec['tolerations']>[number]

export interface Taint {
  key: string
  value?: string
  effect: string
}

export const tolerates = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  tolerations?.some((toleration) => covers(toleration, taint)) === true

/** An absent effect means all effects; an absent key, with `Exists`, all keys. */
function covers(
  { key = '', operator = 'Equal', value = '', effect = '' }: Toleration,
  taint: Taint,
): boolean {
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  if (operator === 'Exists') return true
  return operator === 'Equal' && key !== '' && value === (taint.value ?? '')
}

const hard = new Set(['NoSchedule', 'NoExecute'])

/** The first taint, in the node's order, that forbids the pod to come. */
export const untolerated = (
  tolerations: readonly Toleration[] | undefined,
  taints: readonly Taint[],
): Taint | undefined =>
  taints.find((taint) => hard.has(taint.effect) && !tolerates(tolerations, taint))

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  retryAfter: ['node-added', 'node-taints'],
  weight: 3,
  filter({ pod }) {
    const refusals = new Map<string, Refusal>()
    return ({ taints }) => {
      if (taints.length === 0) return undefined
      const taint = untolerated(pod.spec?.tolerations, taints)
      if (!taint) return undefined
      const reason = `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`
      const refusal = refusals.get(reason) ?? { reasons: [reason], hopeless: true }
      refusals.set(reason, refusal)
      return refusal
    }
  },
  score({ pod }, nodes) {
    const tolerations = pod.spec?.tolerations?.filter(
      ({ effect }) => !effect || effect === 'PreferNoSchedule',
    )
    const soft = nodes.map(
      ({ taints }) =>
        taints.filter(
          (taint) => taint.effect === 'PreferNoSchedule' && !tolerates(tolerations, taint),
        ).length,
    )
    return soft.some((count) => count > 0) ? proportionalTo(soft, { reverse: true }) : undefined
  },
}
