/** Places for what takes long and of which there is only room for some: no user has all of them. */

import { tooManyRequests } from '../http/status.ts'

export interface Room {
  /** Places all together. */
  places: number
  /** Of one user. */
  share: number
  /** What takes them, in the plural. */
  what: string
}

/** Seconds after which it is worth to ask again. */
const retryAfter = 5

export class Places {
  readonly #room: Room
  readonly #held = new Map<string, number>()
  #taken = 0

  constructor(room: Room) {
    this.#room = room
  }

  /** Has a place until the work is done. @throws StatusError 429 */
  async during(user: string, work: () => Promise<void>): Promise<void> {
    const { places, share, what } = this.#room
    if (this.#heldBy(user) >= share)
      throw tooManyRequests(`you have ${share} ${what} already: end one of them`, retryAfter)
    if (this.#taken >= places)
      throw tooManyRequests(`there are ${places} ${what} already; try again later`, retryAfter)
    this.#change(user, 1)
    try {
      await work()
    } finally {
      this.#change(user, -1)
    }
  }

  #heldBy(user: string): number {
    return this.#held.get(user) ?? 0
  }

  #change(user: string, by: 1 | -1): void {
    this.#taken += by
    const held = this.#heldBy(user) + by
    if (held > 0) this.#held.set(user, held)
    else this.#held.delete(user)
  }
}
