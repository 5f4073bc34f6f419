/** Whether the cluster behind the page answers; since when it does not, and why. */

import { type Clock, time } from '../../ports/clock.ts'
import type { LinkState } from '../protocol.ts'

export class Link {
  state: LinkState = { state: 'live' }
  readonly #clock: Clock
  readonly #changed: () => void

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock
    this.#changed = changed
  }

  live(): void {
    if (this.state.state === 'live') return
    this.state = { state: 'live' }
    this.#changed()
  }

  /** What is in the way, from now on or still. */
  stale(error: unknown): void {
    const was = this.state
    const reason = wordsOf(error)
    if (was.state === 'stale' && was.reason === reason) return
    const since = was.state === 'stale' ? was.since : time(this.#clock.now())
    this.state = { state: 'stale', since, reason }
    this.#changed()
  }
}

/** Without the address that was asked. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text === 'aborted' ? 'the connection broke off' : text.replace(/^[A-Z]+ https?:\S+: /, '')
}
