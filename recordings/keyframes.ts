/** At which revisions everything is known that was there; what a keyframe does not have was gone by then. */

import { firstAfterIn } from './ordered.ts'

export class Keyframes {
  readonly #revisions: number[] = []

  get first(): number | undefined {
    return this.#revisions[0]
  }

  get last(): number | undefined {
    return this.#revisions.at(-1)
  }

  /** False: there was one of this revision. */
  add(revision: number): boolean {
    const at = this.#after(revision)
    if (this.#revisions[at - 1] === revision) return false
    this.#revisions.splice(at, 0, revision)
    return true
  }

  /** The first one after a revision. */
  after(revision: number): number | undefined {
    return this.#revisions[this.#after(revision)]
  }

  /** The last one before a revision. */
  before(revision: number): number | undefined {
    return this.#revisions[this.#after(revision - 1) - 1]
  }

  forget(revision: number): void {
    this.#revisions.splice(0, this.#after(revision))
  }

  #after(revision: number): number {
    return firstAfterIn(this.#revisions, revision)
  }
}
