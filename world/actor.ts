/** Who is at work in a World, kept across everything that is awaited. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { WorldRequest } from './faults.ts'

export interface Actor {
  /** A process, or `user`. */
  readonly process: string
  /** The request that is being answered. */
  readonly request?: WorldRequest
}

export const actor = new AsyncLocalStorage<Actor>()
