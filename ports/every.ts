/** Work that is done again and again, one round after the other: the pause begins where a round ends. */

import type { Cancel, Clock } from './clock.ts'

/** The first round begins after `ms` milliseconds; one that fails is reported, and the next one comes all the same. */
export function every(
  clock: Clock,
  ms: number,
  round: () => Promise<unknown>,
  report: (error: unknown) => void,
): Cancel {
  let ended = false
  let cancel: Cancel = () => {}
  // What a round throws before its first wait is a failure as well.
  const run = async () => round()
  const next = () => {
    if (ended) return
    cancel = clock.after(ms, () => {
      run().catch(report).finally(next)
    })
  }
  next()
  return () => {
    ended = true
    cancel()
  }
}
