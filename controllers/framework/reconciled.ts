/** What is told of a run that has ended. */

import type { Cause } from './causes.ts'
import type { Key } from './inputs.ts'
import type { Outcome } from './queue.ts'

/** One run that has ended, or a failure outside of one (a mapper that threw). */
export interface Reconciled {
  controller: string
  key: Key
  outcome: Outcome
  /** Milliseconds. */
  duration: number
  /** Milliseconds that the key had waited for its turn. */
  waited: number
  writes: number
  /** Why it ran; at most eight of the reasons, the first that came. */
  causes: readonly Cause[]
  /** What it threw. */
  error?: unknown
  /** What it would be wise to look at: a controller that answers its own writes for ever. */
  warning?: string
}
