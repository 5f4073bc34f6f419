/** The new template is all there is, and all of it is available. */

import type { Explanation } from '../explanation.ts'
import type { Facts } from './facts.ts'

export function complete({ deployment, bounds, family }: Facts): Explanation | undefined {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  const { desired } = bounds
  if (updatedReplicas !== desired || replicas !== desired || availableReplicas !== desired)
    return undefined
  if (!family.newest) return undefined
  return {
    code: 'complete',
    verdict:
      desired === 1
        ? 'The replica is up to date and available.'
        : `All ${desired} replicas are up to date and available.`,
    severity: 'ok',
    hopeless: false,
    because: [],
    next: 'Nothing.',
  }
}
