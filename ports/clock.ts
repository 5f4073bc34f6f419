/**
 * Time as a value that is handed in, so that the same code runs on the machine's clock and, in tests,
 * on a virtual one. Nothing below a `main.ts` reads `Date` or sets a timer by itself.
 */

/** Cancels what it was returned for; calling it again does nothing. */
export type Cancel = () => void

/** The time, and what is to happen later. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the machine's clock is set. */
  now(): number
  /** Milliseconds from an arbitrary origin; never goes back. For durations, back-off and leases. */
  monotonic(): number
  /** Runs `task` once after `ms` milliseconds (never synchronously). */
  after(ms: number, task: () => void): Cancel
}

/** Resolves after `ms`; rejects with `signal.reason` as soon as `signal` aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** A whole-second RFC 3339 time as `metav1.Time` prints it: `2026-01-02T03:04:05Z`. */
export function time(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== lastTime.second)
    lastTime = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` }
  return lastTime.text
}

/** The one that was printed last: a busy server asks for the same second thousands of times. */
let lastTime = { second: Number.NaN, text: '' }

/** An RFC 3339 time with six digits as `metav1.MicroTime` prints it; JavaScript knows three of them. */
export function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`
}
