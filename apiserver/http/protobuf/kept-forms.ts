/**
 * Remembers what has been made of objects for as long as somebody holds the objects, up to a number of bytes: what
 * has not been asked for while half as many bytes came is forgotten. It holds no object itself.
 */

interface Sized {
  /** Bytes. */
  readonly size: number
}

export class KeptForms<T extends Sized> {
  readonly #half: number
  #young = new WeakMap<object, T>()
  #old = new WeakMap<object, T>()
  #bytes = 0

  /** @param limit bytes */
  constructor(limit: number) {
    this.#half = limit / 2
  }

  get(owner: object): T | undefined {
    const young = this.#young.get(owner)
    if (young) return young
    const old = this.#old.get(owner)
    if (old) this.put(owner, old)
    return old
  }

  put(owner: object, form: T): void {
    if (this.#bytes + form.size > this.#half) {
      this.#old = this.#young
      this.#young = new WeakMap()
      this.#bytes = 0
    }
    this.#young.set(owner, form)
    this.#bytes += form.size
  }
}
