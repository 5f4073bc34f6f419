/** Who has read a lot gives up the turn. Only what is made anew counts: what is there already costs next to nothing. */

/** Bytes of JSON read in one turn: a few milliseconds. */
const atOnce = 128 * 1024

export class Turns {
  #read = 0

  /** @param bytes of JSON that have been made something of */
  count(bytes: number): void {
    this.#read += bytes
  }

  /** Resolves in the next turn; `undefined` where this one is still good. */
  over(): Promise<void> | undefined {
    if (this.#read < atOnce) return undefined
    this.#read = 0
    return new Promise((resolve) => setImmediate(resolve))
  }
}
