/**
 * When what has been written to many streams goes out. An event for a thousand watchers is a thousand system calls,
 * and so is the next one a moment later; a few milliseconds of patience make one of both. Few streams never wait.
 */

import type { Clock } from '../../ports/clock.ts'

/** Streams that are worth waiting for. */
const many = 32
/** Milliseconds between two rounds, when there are many. */
const apart = 4
/** Streams flushed in one go, before others have their turn. */
const slice = 256

export class Flusher {
  readonly #clock: Clock
  #waiting: (() => void)[] = []
  #scheduled = false
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `flush` soon: at the end of this turn, or with the next round. */
  schedule(flush: () => void): void {
    this.#waiting.push(flush)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#begin())
  }

  #begin(): void {
    const rest = apart - (this.#clock.monotonic() - this.#lastAt)
    if (this.#waiting.length < many || rest <= 0) this.#run()
    else this.#clock.after(rest, () => this.#run())
  }

  #run(): void {
    this.#lastAt = this.#clock.monotonic()
    const now = this.#waiting.splice(0, slice)
    for (const flush of now) flush()
    this.#scheduled = this.#waiting.length > 0
    if (this.#scheduled) setImmediate(() => this.#run())
  }
}
