/** Nothing else is to blame, but the controller has waited as long as it was told to. */

import type { Because, Explanation } from '../explanation.ts'
import { at, type Facts } from './facts.ts'

export function deadline(facts: Facts): Explanation | undefined {
  if (!facts.timedOut) return undefined
  return {
    code: 'deadline',
    verdict: 'The rollout made no progress within its deadline.',
    severity: 'error',
    hopeless: true,
    because: [deadlineEvidence(facts)],
    next: `See the pods, or go back: kubectl rollout undo deployment/${facts.name}`,
  }
}

export const deadlineEvidence = (facts: Facts): Because => ({
  object: at(facts),
  field: 'spec.progressDeadlineSeconds',
  message: `no progress for ${facts.deployment.spec?.progressDeadlineSeconds} s`,
})
