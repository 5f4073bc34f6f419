/**
 * What every command gets from outside: environment, user, clock, randomness, streams. Only `main.ts` makes one, so the
 * commands themselves read nothing ambient.
 */

import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

export interface Context {
  env: Record<string, string | undefined>
  /** Effective user; 0 may make real pods. */
  uid: number
  /** The checkout this runs from. */
  root: string
  /** The Node binary components are started with. */
  node: string
  hostname: string
  clock: Clock
  random: Random
  out: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
  err: NodeJS.WritableStream
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal
}

/** A failure whose message is all the user needs; `main.ts` prints it without a stack. */
export class CommandError extends Error {
  override name = 'CommandError'
  /** Lines that mend it, printed below the message. */
  readonly next: string[]
  constructor(message: string, next: string[] = []) {
    super(message)
    this.next = next
  }
}
