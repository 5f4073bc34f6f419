/** Lets a World run until nothing moves. */

import { drain, type VirtualClock } from '../ports/virtual-clock.ts'
import type { LogEntry, WorldLog } from './log.ts'
import { isHeartbeat, type Problems, unrest } from './unrest.ts'

/** So long nothing may change, in virtual milliseconds. */
const quiet = 60_000

export interface Convergence {
  clock: VirtualClock
  /** Milliseconds. */
  within: number
  log: WorldLog
  problems: Problems
  /** Throws what has gone wrong meanwhile. */
  check(): void
}

/** @throws WorldError when it takes longer */
export async function converge({
  clock,
  within,
  log,
  problems,
  check,
}: Convergence): Promise<void> {
  const end = clock.monotonic() + within
  const moves: LogEntry[] = []
  let movedAt = clock.monotonic()
  const stop = log.follow((entry) => {
    if (isHeartbeat(entry)) return
    moves.push(entry)
    movedAt = clock.monotonic()
  })
  try {
    await drain()
    for (;;) {
      check()
      const next = clock.next()
      if (next === undefined || clock.monotonic() + next > movedAt + quiet) return
      if (clock.monotonic() + next > end)
        throw unrest(moves, problems, `within ${within / 1_000} virtual seconds`)
      await clock.advance(next)
    }
  } finally {
    stop()
  }
}
