/**
 * Work that is done as a whole whenever something that it depends on has changed: one round at a time, another one where
 * there was a change meanwhile, and again after a while where a round failed.
 */

import type { Cancel, Clock } from '../../ports/clock.ts'

export interface RoundPorts {
  clock: Clock
  report(error: unknown): void
}

export interface Rounds {
  /** Something has changed: a round begins soon. */
  due(): void
  end(): void
}

/** Milliseconds until a round that failed is tried again. */
const retryMs = 1_000

export function rounds({ clock, report }: RoundPorts, round: () => Promise<void>): Rounds {
  let running = false
  let again = false
  let ended = false
  let cancelRetry: Cancel = () => {}
  const run = async () => {
    running = true
    try {
      while (again && !ended) {
        again = false
        await round()
      }
    } catch (error) {
      report(error)
      cancelRetry = clock.after(retryMs, due)
    } finally {
      running = false
    }
  }
  const due = () => {
    again = true
    if (!running) queueMicrotask(() => void (running || ended || run()))
  }
  return {
    due,
    end() {
      ended = true
      cancelRetry()
    },
  }
}
