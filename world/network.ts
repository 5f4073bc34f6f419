/** How long messages between processes and the API server are on their way; drawn, so that seeds differ in what is first. */

import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

export class Network {
  readonly #clock: Clock
  readonly #random: Random
  readonly #longest: number

  /** @param longest virtual milliseconds, whole ones */
  constructor(clock: Clock, random: Random, longest: number) {
    this.#clock = clock
    this.#random = random
    this.#longest = longest
  }

  /** One message. */
  delay(): Promise<void> {
    return new Promise((resolve) => this.#clock.after(this.#draw(), resolve))
  }

  /** A connection on which messages arrive in the order in which they were sent. */
  line(): (arrive: () => void) => void {
    let last = 0
    return (arrive) => {
      const now = this.#clock.monotonic()
      last = Math.max(last, now + this.#draw())
      this.#clock.after(last - now, arrive)
    }
  }

  #draw(): number {
    return Math.floor(this.#random.next() * (this.#longest + 1))
  }
}
