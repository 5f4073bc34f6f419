/** When a watch has seen enough, and with which code it ends. Pure. */

import type { Progress } from '../../rollouts/progress.ts'

export interface Patience {
  /** Goes on through everything else; without it whatever comes first. */
  until?: 'complete' | 'failed'
  /** Ends as soon as nothing but a change can help, before the deadline. */
  failFast?: boolean
}

export const exitCodes = {
  complete: 0,
  failed: 2,
  timeout: 3,
  paused: 4,
  interrupted: 130,
} as const

/** `undefined`: watch on. */
export function endOf({ outcome, explanation }: Progress, patience: Patience): number | undefined {
  const { until, failFast = false } = patience
  switch (outcome) {
    case 'complete':
      return until === 'failed' ? undefined : exitCodes.complete
    case 'failed':
      return until === 'complete' && !failFast ? undefined : exitCodes.failed
    case 'paused':
      return until ? undefined : exitCodes.paused
    case 'under way':
      return failFast && explanation.hopeless ? exitCodes.failed : undefined
    default:
      return outcome satisfies never
  }
}
