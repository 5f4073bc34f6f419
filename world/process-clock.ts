/** A process' own part of the World's clock: when the process is dropped, none of its timers fires any more. */

import type { Cancel, Clock } from '../ports/clock.ts'

export class ProcessClock implements Clock {
  readonly #clock: Clock
  readonly #within: (task: () => void) => void
  readonly #timers = new Set<Cancel>()
  #ended = false

  /** @param within runs every task of the process */
  constructor(clock: Clock, within: (task: () => void) => void) {
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
    const cancelTimer = this.#clock.after(ms, () => {
      this.#timers.delete(cancel)
      this.#within(task)
    })
    const cancel = () => {
      this.#timers.delete(cancel)
      cancelTimer()
    }
    this.#timers.add(cancel)
    return cancel
  }

  end(): void {
    this.#ended = true
    for (const cancel of [...this.#timers]) cancel()
  }
}
