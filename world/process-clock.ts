/**
 * A process' own part of the World's clock: when the process is dropped, none of its timers fires any more. What a run
 * sets is counted as its own.
 */

import { causeNow, onAccountOf } from '../controllers/framework/origin.ts'
import type { Cancel, Clock } from '../ports/clock.ts'
import { actor } from './actor.ts'
import type { RunUnderWay } from './runs.ts'

export class ProcessClock implements Clock {
  readonly #clock: Clock
  readonly #within: (task: () => void, run: RunUnderWay | undefined) => void
  readonly #timers = new Set<Cancel>()
  #ended = false

  /** @param within runs every task of the process */
  constructor(clock: Clock, within: (task: () => void, run: RunUnderWay | undefined) => void) {
    this.#clock = clock
    this.#within = within
  }

  /** Timers that wait. */
  get size(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  after(ms: number, task: () => void): Cancel {
    // What is left of a dropped process may still be on its way to its next wait.
    if (this.#ended) return () => {}
    const run = actor.getStore()?.run
    const cause = causeNow()
    const over = () => {
      if (this.#timers.delete(cancel) && run) run.timers--
    }
    const cancelTimer = this.#clock.after(ms, () => {
      over()
      this.#within(() => onAccountOf(cause, task), run)
    })
    const cancel = () => {
      over()
      cancelTimer()
    }
    this.#timers.add(cancel)
    if (run) run.timers++
    return cancel
  }

  end(): void {
    this.#ended = true
    for (const cancel of [...this.#timers]) cancel()
  }
}
