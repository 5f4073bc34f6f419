/**
 * Keys in the order in which they are to run: urgent ones first, yet none that can wait is left waiting for ever. It
 * knows nothing of time or of what becomes of them.
 */

/** `low` is for keys that nothing happened to: the first list, a resync. It cannot be starved. */
export type Priority = 'high' | 'low'

/** One low-priority key is taken after so many of high priority. */
const highPerLow = 8

/** Insertion order with constant-time removal: one live iterator never looks at what it has passed. */
class Lane {
  readonly #keys = new Set<string>()
  #cursor = this.#keys.values()

  get size(): number {
    return this.#keys.size
  }

  add(key: string): void {
    this.#keys.add(key)
  }

  delete(key: string): void {
    this.#keys.delete(key)
  }

  shift(): string | undefined {
    let next = this.#cursor.next()
    if (next.done) {
      this.#cursor = this.#keys.values()
      next = this.#cursor.next()
    }
    if (next.done) return undefined
    this.#keys.delete(next.value)
    return next.value
  }
}

/** A key is in one lane at most. */
export class Lanes {
  #high = new Lane()
  #low = new Lane()
  #highInRow = 0

  get size(): number {
    return this.#high.size + this.#low.size
  }

  add(key: string, priority: Priority): void {
    if (priority === 'high') this.#high.add(key)
    else this.#low.add(key)
  }

  /** What could wait cannot any longer. */
  raise(key: string): void {
    this.#low.delete(key)
    this.#high.add(key)
  }

  shift(): string | undefined {
    const lowsTurn = this.#low.size > 0 && (this.#high.size === 0 || this.#highInRow >= highPerLow)
    const next = (lowsTurn ? this.#low : this.#high).shift()
    if (next !== undefined) this.#highInRow = lowsTurn ? 0 : this.#highInRow + 1
    return next
  }

  clear(): void {
    this.#high = new Lane()
    this.#low = new Lane()
  }
}
