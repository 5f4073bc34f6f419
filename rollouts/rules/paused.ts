/** Somebody has stopped the rollout on purpose. */

import type { Explanation } from '../explanation.ts'
import { at, type Facts } from './facts.ts'

export function paused(facts: Facts): Explanation | undefined {
  if (!facts.deployment.spec?.paused) return undefined
  return {
    code: 'paused',
    verdict: 'The rollout is paused.',
    severity: 'info',
    hopeless: false,
    because: [{ object: at(facts), field: 'spec.paused', message: 'true' }],
    next: `Go on with: kubectl rollout resume deployment/${facts.name}`,
  }
}
