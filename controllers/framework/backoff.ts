/** Exponential back-off with jitter, for connections. Bounded by its longest delay, never by a number of tries. */

import type { Random } from '../../ports/random.ts'

export interface BackoffOptions {
  /** Milliseconds before the first retry, and the longest. */
  first: number
  longest: number
}

export class Backoff {
  readonly #random: Random
  readonly #options: BackoffOptions
  #failures = 0

  constructor(random: Random, options: BackoffOptions) {
    this.#random = random
    this.#options = options
  }

  /** Milliseconds to wait now: between half and all of the current delay, which doubles. */
  next(): number {
    const { first, longest } = this.#options
    const delay = Math.min(longest, first * 2 ** Math.min(this.#failures++, 40))
    return delay / 2 + (delay / 2) * this.#random.next()
  }

  reset(): void {
    this.#failures = 0
  }
}
