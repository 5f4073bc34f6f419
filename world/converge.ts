/** Lets a World run until nothing moves. */

import { sleep } from '../ports/clock.ts'
import { systemClock } from '../ports/system-clock.ts'
import { drain, type VirtualClock } from '../ports/virtual-clock.ts'
import type { LogEntry, WorldLog } from './log.ts'
import { type RunUnderWay, stuck } from './runs.ts'
import { isHeartbeat, neverSettled, type Problems, unrest } from './unrest.ts'

/** So long nothing may change, in virtual milliseconds. */
const quiet = 60_000
/** What a run asks of the machine (files, other threads) may take so long when all else rests, in real milliseconds. */
const machine = 200
/** Real milliseconds between two looks at it. */
const look = 5

export interface Convergence {
  clock: VirtualClock
  /** Milliseconds. */
  within: number
  log: WorldLog
  problems: Problems
  /** Of all processes. */
  runs(): RunUnderWay[]
  /** Throws what has gone wrong meanwhile. */
  check(): void
}

/** @throws WorldError when it takes longer, or when all rests but a run that nothing will end */
export async function converge({
  clock,
  within,
  log,
  problems,
  runs,
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
      if (next === undefined || clock.monotonic() + next > movedAt + quiet) {
        if (stuck(runs()).length === 0) return
        await settled(runs)
        continue
      }
      if (clock.monotonic() + next > end)
        throw unrest(moves, problems, `within ${within / 1_000} virtual seconds`)
      await clock.advance(next)
    }
  } finally {
    stop()
  }
}

/** Waits until no run is left that only the machine can end. @throws WorldError when it does not */
async function settled(runs: () => RunUnderWay[]): Promise<void> {
  for (let waited = 0; waited < machine; waited += look) {
    await sleep(systemClock, look)
    await drain()
    if (stuck(runs()).length === 0) return
  }
  throw neverSettled(stuck(runs()))
}
