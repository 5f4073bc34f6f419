/** Keys that are not run again as they stand: their last run ended in a `TerminalError`, and nobody has changed the object. */

import type { WithMeta } from './cluster.ts'
import type { Key } from './inputs.ts'
import { keyText } from './queue.ts'
import { Recent } from './recent.ts'

/** Changes whenever somebody wants something else of the object, not when its status is written. */
export const wishOf = ({ metadata }: WithMeta): string =>
  `${metadata.uid}/${metadata.generation ?? metadata.resourceVersion}/${metadata.deletionTimestamp ?? ''}`

export class GivenUp {
  /** By key, the wish that cannot be met. */
  readonly #wishes: Recent<string>

  /** @param capacity keys remembered; one that is forgotten runs once more when it is triggered */
  constructor(capacity = 100_000) {
    this.#wishes = new Recent(capacity)
  }

  has(key: Key, object: WithMeta | undefined): boolean {
    const wish = this.#wishes.get(keyText(key))
    return wish !== undefined && wish === (object ? wishOf(object) : '')
  }

  add(key: Key, object: WithMeta | undefined): void {
    this.#wishes.set(keyText(key), object ? wishOf(object) : '')
  }

  delete(key: Key): void {
    this.#wishes.delete(keyText(key))
  }
}
