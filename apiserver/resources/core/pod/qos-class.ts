/** How sure a pod can be of its resources, and so which pods go first when a node runs out of memory. */

import { parseQuantity } from '../../../../api/quantity.ts'
import type { PodSpec } from '../../../../api/types.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const counted = ['cpu', 'memory'] as const

/** Only CPU and memory count, and only amounts above zero; those of the pod as a whole, if it has some. */
export function qosClass(spec: PodSpec): QosClass {
  const { resources } = spec
  const whole = Object.keys({ ...resources?.limits, ...resources?.requests }).length > 0
  const containers = whole ? [spec] : [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
  let guaranteed = true
  let any = false
  for (const { resources } of containers)
    for (const name of counted) {
      const request = positive(resources?.requests, name)
      const limit = positive(resources?.limits, name)
      if (request !== undefined || limit !== undefined) any = true
      if (limit === undefined || (request !== undefined && request !== limit)) guaranteed = false
    }
  if (!any) return 'BestEffort'
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

function positive(amounts: Record<string, string> | undefined, name: string): bigint | undefined {
  const amount = amounts && Object.hasOwn(amounts, name) ? amounts[name] : undefined
  const nano = amount === undefined ? undefined : parseQuantity(amount)
  return nano !== undefined && nano > 0n ? nano : undefined
}
