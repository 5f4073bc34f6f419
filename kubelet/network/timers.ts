/** The timers of something that can be stopped: none fires afterwards. */

import type { Cancel, Clock } from '../../ports/clock.ts'

export class Timers {
  readonly #clock: Clock
  readonly #pending = new Set<Cancel>()
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  after(milliseconds: number, task: () => void): void {
    if (this.#stopped) return
    const cancel = this.#clock.after(milliseconds, () => {
      this.#pending.delete(cancel)
      task()
    })
    this.#pending.add(cancel)
  }

  stop(): void {
    this.#stopped = true
    for (const cancel of this.#pending) cancel()
    this.#pending.clear()
  }
}
