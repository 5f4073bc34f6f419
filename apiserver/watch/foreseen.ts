/**
 * What this process knows of values that it is about to store: when the store tells of them, their text need not be read
 * once more. It is a memory only: what it does not have, or what was stored by somebody else, is read.
 */

/** Writes of which the store has not told yet, and those that never came about; the oldest goes first. */
const mostForeseen = 2_048

export class Foreseen<T> {
  readonly #byKey = new Map<string, { value: Buffer; known: T }>()

  /** @param known stays true of the value, whatever becomes of what it was made from */
  put(key: string, value: Buffer, known: T): void {
    this.#byKey.delete(key)
    this.#byKey.set(key, { value, known })
    if (this.#byKey.size <= mostForeseen) return
    const [oldest] = this.#byKey.keys()
    if (oldest !== undefined) this.#byKey.delete(oldest)
  }

  /** Once; `undefined` where another value stands under the key. */
  take(key: string, value: Buffer): T | undefined {
    const entry = this.#byKey.get(key)
    if (!entry) return undefined
    if (!entry.value.equals(value)) return undefined
    this.#byKey.delete(key)
    return entry.known
  }
}
