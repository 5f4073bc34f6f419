/** Keeps the objects parsed last, since whoever reads an object is likely to be followed by another reader. */

import { frozen } from '../../api/frozen.ts'
import type { KubernetesObject } from '../../api/object.ts'
import { decodeObject } from './encode.ts'

export class ParsedObjects {
  readonly #limit: number
  readonly #freeze: boolean
  readonly #objects = new Map<object, KubernetesObject>()
  /** How many times bytes have been parsed; lists and watches must not add to it. */
  parses = 0

  /**
   * @param limit how many objects are kept; the one unused longest goes first.
   * @param freeze makes changing a shared object an error; for tests, it costs as much as parsing.
   */
  constructor(limit: number, freeze: boolean) {
    this.#limit = limit
    this.#freeze = freeze
  }

  /** Parses bytes that belong to nobody yet; `keep` may follow. */
  parse(bytes: Buffer): KubernetesObject {
    this.parses++
    const object = decodeObject(bytes)
    if (this.#freeze) frozen(object)
    return object
  }

  get(owner: object, bytes: () => Buffer): KubernetesObject {
    let object = this.#objects.get(owner)
    if (object) this.#objects.delete(owner)
    else object = this.parse(bytes())
    this.keep(owner, object)
    return object
  }

  keep(owner: object, object: KubernetesObject): void {
    this.#objects.set(owner, object)
    if (this.#objects.size > this.#limit) this.#evict()
  }

  #evict(): void {
    for (const oldest of this.#objects.keys()) {
      this.#objects.delete(oldest)
      return
    }
  }
}
