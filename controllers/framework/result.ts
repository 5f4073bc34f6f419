/** How a run may end: done, done until a time, or never again as it stands. Anything else that is thrown is retried. */

import { inspect } from 'node:util'
import { type Duration, milliseconds } from './duration.ts'

/** Run this key again after so many milliseconds, whatever happens meanwhile. */
export interface Requeue {
  requeueAfter: number
}

/** Nothing: the key runs again only when an input changes. */
export type Result = undefined | Requeue

/** What a run answers; a function that answers nothing will do. */
// biome-ignore lint/suspicious/noConfusingVoidType: the compiler knows such functions by `void` alone
export type Answer = Promise<Result | void>

/**
 * Asks for another run of the key.
 *
 *     return requeue.after('10s')
 *     return requeue.after(1_500) // milliseconds
 */
export const requeue = {
  after: (duration: Duration): Requeue => ({ requeueAfter: milliseconds(duration) }),
}

/** Milliseconds. A key that asks for itself again and again leaves time for others, and for the clock to go on. */
const shortest = 1

/**
 * What a run has answered, when it is an answer: the compiler does not see what was cast.
 * @param who the run, for the message
 */
export function answered(value: unknown, who: string): Result {
  if (value === undefined) return undefined
  const { requeueAfter: after } = Object(value) as { requeueAfter?: unknown }
  if (typeof after === 'number' && Number.isFinite(after) && after >= 0)
    return { requeueAfter: Math.max(shortest, after) }
  throw new Error(
    `${who} answered ${inspect(value)}: answer nothing, or requeue.after('10s') to run again`,
  )
}

/** What was thrown, as an error: whatever else it is, it has to be told of. */
export const thrown = (value: unknown, who: string): Error =>
  value instanceof Error
    ? value
    : new Error(`${who} threw ${inspect(value)}: throw an Error, which says where it was`, {
        cause: value,
      })

/** What a reconcile throws to stop retrying until the object's generation changes. */
export class TerminalError extends Error {
  override name = 'TerminalError'
}

/**
 * The error for what no retry mends: the key is not run again until somebody changes the object.
 *
 *     throw terminal(`image ${site.spec.image} is not a reference`)
 */
export const terminal = (message: string, options?: ErrorOptions): TerminalError =>
  new TerminalError(message, options)
