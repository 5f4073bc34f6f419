import type { Clock } from './clock.ts'

/** The machine's own clock. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, Math.min(ms, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}
