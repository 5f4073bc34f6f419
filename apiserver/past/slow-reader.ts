/** Waiting for a reader who has enough to take for now, and what becomes of one who takes nothing. */

import type { Clock } from '../../ports/clock.ts'
import type { Output } from '../http/exchange.ts'

/** Bytes that may wait when more are to be written. */
const comfortable = 256 * 1024
/** Milliseconds that a reader may take nothing. */
const patience = 60_000
/** Milliseconds that it has then to take what waits for it. */
const last = 10_000

/** Resolves when there is room for more: whether there is, or the time or the `signal` came first. */
export async function isTaken(output: Output, clock: Clock, signal: AbortSignal): Promise<boolean> {
  if (output.buffered <= comfortable) return true
  if (signal.aborted) return false
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const stop = () => resolve(false)
  const cancel = clock.after(patience, stop)
  signal.addEventListener('abort', stop, { once: true })
  output.drained().then(() => resolve(true), stop)
  try {
    return await promise
  } finally {
    cancel()
    signal.removeEventListener('abort', stop)
  }
}

/** A clean end for those who still take it; the others are cut off. */
export function lastCall(output: Output, clock: Clock): void {
  output.end()
  clock.after(last, () => {
    if (output.buffered > 0) output.abort()
  })
}
