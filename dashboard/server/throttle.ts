/**
 * Work that is wanted often and done now and then: the first time at once, then at most once a period, the last wish always
 * heard. It keeps no list of wishes.
 */

import type { Cancel, Clock } from '../../ports/clock.ts'

export class Throttle {
  readonly #clock: Clock
  readonly #period: number
  readonly #work: () => void
  #last = Number.NEGATIVE_INFINITY
  #timer: Cancel | undefined
  #ended = false

  /** @param period milliseconds */
  constructor(clock: Clock, period: number, work: () => void) {
    this.#clock = clock
    this.#period = period
    this.#work = work
  }

  want(): void {
    if (this.#timer || this.#ended) return
    const wait = this.#last + this.#period - this.#clock.monotonic()
    if (wait <= 0) this.#run()
    else this.#timer = this.#clock.after(wait, () => this.#run())
  }

  end(): void {
    this.#ended = true
    this.#timer?.()
  }

  #run(): void {
    this.#timer = undefined
    if (this.#ended) return
    this.#last = this.#clock.monotonic()
    this.#work()
  }
}
