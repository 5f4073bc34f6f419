/**
 * Time for tests and Worlds: it stands still until it is told to move, and moves only when nothing is left to do at
 * the moment where it stands. What waits for the machine (sockets, files, threads) is not waited for.
 */

import type { Cancel, Clock } from './clock.ts'
import { type Timer, TimerHeap } from './timer-heap.ts'

/** Turns of the event loop that some drain has asked for and not had yet: they are not work. */
let draining = 0

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    draining++
    setImmediate(() => {
      draining--
      resolve()
    })
  })

/** How many `setImmediate` tasks wait, those of drains left out. */
function immediates(): number {
  let count = -draining
  for (const resource of process.getActiveResourcesInfo()) if (resource === 'Immediate') count++
  return count
}

/**
 * Resolves when no promise continuation and no `setImmediate` task is left to run: a turn of the event loop begins only
 * after all microtasks, and is followed by another one as long as somebody has asked for one.
 */
export async function drain(): Promise<void> {
  do await turn()
  while (immediates() > 0)
}

/** A clock that moves only when told to. Timers fire in order of their time, then of their making. */
export class VirtualClock implements Clock {
  #now: number
  readonly #origin: number
  readonly #timers = new TimerHeap()

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
    const timer = this.#timers.add(this.#now + Math.max(0, ms), task)
    return () => this.#timers.cancel(timer)
  }

  /** Timers that wait. */
  get size(): number {
    return this.#timers.size
  }

  /** Milliseconds until the next timer, or `undefined` when none is set. */
  next(): number | undefined {
    const timer = this.#timers.first()
    return timer && timer.at - this.#now
  }

  /** Moves forward by `ms`, firing every timer that falls due, in order; what they begin is drained in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await drain()
    for (let timer = this.#due(end); timer; timer = this.#due(end)) {
      this.#now = Math.max(this.#now, timer.at)
      timer.task()
      await drain()
    }
    this.#now = end
  }

  #due(end: number): Timer | undefined {
    const first = this.#timers.first()
    return first && first.at <= end ? this.#timers.take() : undefined
  }
}
