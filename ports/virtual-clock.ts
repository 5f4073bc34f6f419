import type { Cancel, Clock } from './clock.ts'

interface Timer {
  at: number
  sequence: number
  task: () => void
}

/** Lets promise continuations and `setImmediate` work run until none is left that was already queued. */
async function drain(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * A clock that moves only when told to. Timers fire in order of their time, then of their making,
 * and pending promise work is drained before the clock moves on.
 */
export class VirtualClock implements Clock {
  #now: number
  readonly #origin: number
  #sequence = 0
  #timers: Timer[] = []

  /** @param start milliseconds since the epoch, 2026-01-01T00:00:00Z unless told. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
    this.#origin = start
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#origin
  }

  after(ms: number, task: () => void): Cancel {
    const timer = { at: this.#now + Math.max(0, ms), sequence: this.#sequence++, task }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Milliseconds until the next timer, or `undefined` when none is set. */
  next(): number | undefined {
    const timer = this.#earliest()
    return timer && timer.at - this.#now
  }

  /** Moves forward by `ms`, firing every timer that falls due, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await drain()
    for (let timer = this.#earliest(); timer && timer.at <= end; timer = this.#earliest()) {
      const due = timer
      this.#timers = this.#timers.filter((other) => other !== due)
      this.#now = Math.max(this.#now, due.at)
      due.task()
      await drain()
    }
    this.#now = end
  }

  #earliest(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers)
      if (
        !first ||
        timer.at < first.at ||
        (timer.at === first.at && timer.sequence < first.sequence)
      )
        first = timer
    return first
  }
}
