/** A map of bounded size, for what may be forgotten at a price: what was used least lately goes first. */
export class Recent<V> {
  readonly #capacity: number
  readonly #values = new Map<string, V>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#values.size
  }

  /** Counts as a use. */
  get(key: string): V | undefined {
    const value = this.#values.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: string, value: V): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#capacity) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      break
    }
  }

  delete(key: string): void {
    this.#values.delete(key)
  }
}
