/**
 * The life of one supervised process as a pure machine: what happened goes in, the next state comes out. Restarts are
 * immediate at first and back off while the process keeps crashing; it never gives up.
 */

import type { ProcessIdentity } from './process.ts'

export type ChildState =
  /** Nobody wants it. */
  | { phase: 'stopped' }
  | ({ phase: 'running' } & Running)
  /** It ended by itself and is started again at `at` (monotonic ms). */
  | { phase: 'waiting'; at: number; restarts: number; crashes: number; lastExit: string }
  /** It was told to end. */
  | ({ phase: 'stopping' } & Running)

interface Running extends ProcessIdentity {
  /** When it was started or found, monotonic ms. */
  since: number
  /** Starts after the first. */
  restarts: number
  /** Ends in a row without a good run between them. */
  crashes: number
}

export type ChildEvent =
  | ({ type: 'started' } & ProcessIdentity)
  /** It could not be started, or ended; `how` for people: `exit code 1`, `signal SIGKILL`. */
  | { type: 'ended'; how: string }
  | { type: 'stop' }

export const firstDelayMs = 50
export const maxDelayMs = 10_000
/** A process that ran this long was well: the next crash counts as the first. */
export const goodRunMs = 30_000

export function step(state: ChildState, event: ChildEvent, now: number): ChildState {
  switch (event.type) {
    case 'started':
      return {
        phase: 'running',
        pid: event.pid,
        startTime: event.startTime,
        since: now,
        restarts: state.phase === 'waiting' ? state.restarts + 1 : 0,
        crashes: state.phase === 'waiting' ? state.crashes : 0,
      }
    case 'ended':
      return ended(state, event.how, now)
    case 'stop':
      return state.phase === 'running' || state.phase === 'stopping'
        ? { ...state, phase: 'stopping' }
        : { phase: 'stopped' }
    default:
      return event satisfies never
  }
}

function ended(state: ChildState, how: string, now: number): ChildState {
  switch (state.phase) {
    case 'stopping':
      return { phase: 'stopped' }
    case 'stopped':
      return waiting(1, 0, how, now)
    case 'running': {
      const crashes = now - state.since >= goodRunMs ? 1 : state.crashes + 1
      return waiting(crashes, state.restarts, how, now)
    }
    case 'waiting':
      return waiting(state.crashes + 1, state.restarts, how, now)
    default:
      return state satisfies never
  }
}

function waiting(crashes: number, restarts: number, lastExit: string, now: number): ChildState {
  const delay = Math.min(firstDelayMs * 2 ** (crashes - 1), maxDelayMs)
  return { phase: 'waiting', at: now + delay, restarts, crashes, lastExit }
}
