/**
 * Hands all keys to a queue that may have no room for all of them: as many as it takes, and the rest when it has run
 * empty. Whoever began with the first one each time would never come to the last.
 */

import type { Key } from './inputs.ts'
import type { WorkQueue } from './queue.ts'

export class Backlog {
  readonly #queue: Pick<WorkQueue, 'room'>
  readonly #add: (key: Key) => void
  #keys: Key[] = []
  #next = 0

  /** @param add puts one key into `queue` */
  constructor(queue: Pick<WorkQueue, 'room'>, add: (key: Key) => void) {
    this.#queue = queue
    this.#add = add
  }

  /** Takes the place of what was left of others. */
  begin(keys: Key[]): void {
    this.#keys = keys
    this.#next = 0
    this.resume()
  }

  /** Adds what there is room for; false when nothing was left. */
  resume(): boolean {
    if (this.#next === this.#keys.length) return false
    while (this.#next < this.#keys.length && this.#queue.room > 0)
      this.#add(this.#keys[this.#next++]!)
    if (this.#next === this.#keys.length) {
      this.#keys = []
      this.#next = 0
    }
    return true
  }
}
