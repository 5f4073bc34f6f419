/** Lets virtual time pass as long as somebody waits for something, and no longer than that makes sense. */

import { drain, type VirtualClock } from '../ports/virtual-clock.ts'
import { WorldError } from './world-error.ts'

/** What must happen to answer one request happens within this time, in virtual milliseconds. */
const longest = 600_000

export class Patience {
  readonly #clock: VirtualClock
  readonly #check: () => void

  /** @param check throws what has gone wrong meanwhile */
  constructor(clock: VirtualClock, check: () => void) {
    this.#clock = clock
    this.#check = check
  }

  /** As long as the answer needs some. */
  async until<R>(answer: Promise<R>): Promise<R> {
    let settled = false
    const settle = () => {
      settled = true
    }
    answer.then(settle, settle)
    await drain()
    await this.when(() => settled)
    return answer
  }

  /** Until it holds. */
  async when(holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = this.#clock.monotonic() + longest
    for (;;) {
      this.#check()
      if (await holds()) return
      const next = this.#clock.next()
      if (next === undefined || this.#clock.monotonic() + next > end)
        throw new WorldError(`what is waited for does not happen within ${longest / 1_000} s`)
      await this.#clock.advance(next)
    }
  }
}
