/** Choices from one source of randomness, so that a seed repeats a run. */

import type { Random } from '../../ports/random.ts'

export class Chance {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  of(probability: number): boolean {
    return this.#random.next() < probability
  }

  /** A whole number from 0 up to, not including. */
  below(count: number): number {
    return Math.floor(this.#random.next() * count)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** Zero up to `most` of them. */
  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make)
  }
}
