/** The controller has not acted on the latest change: all that the status says is of before. */

import type { Explanation } from '../explanation.ts'
import { at, type Facts } from './facts.ts'

export function notObserved(facts: Facts): Explanation | undefined {
  const { metadata, status } = facts.deployment
  const seen = status?.observedGeneration ?? 0
  if (seen >= (metadata.generation ?? 0)) return undefined
  const message = `generation ${metadata.generation} has not been acted on yet, only ${seen}`
  return {
    code: 'not-observed',
    verdict: 'The deployment controller has not seen the latest change.',
    severity: 'info',
    hopeless: false,
    because: [{ object: at(facts), field: 'status.observedGeneration', message }],
    next: 'Wait a moment; when it lasts, see whether the controllers run.',
  }
}
