/** Who is at work in a World, kept across everything that is awaited. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { onAccountOf } from '../controllers/framework/index.ts'
import type { WorldRequest } from './faults.ts'
import type { RunUnderWay } from './runs.ts'

export interface Actor {
  /** A process, or `user`. */
  readonly process: string
  /** The request that the server answers right now; without it the process itself is at work. */
  readonly request?: WorldRequest
  /** The run of a controller that is at work. */
  readonly run?: RunUnderWay
  /** Hears that a process has reached outside of its World. */
  breach?(error: Error): void
}

export const actor = new AsyncLocalStorage<Actor>()

/**
 * Does as `who` what is not part of a request: it began in the call of whoever has written, but what that was written
 * on account of is nothing to it.
 */
export const beginAs = <R>(who: Actor, task: () => R): R =>
  actor.run(who, () => onAccountOf(undefined, task))
