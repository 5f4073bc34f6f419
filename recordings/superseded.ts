/** What is needed no longer, and from when on; in the order of its coming, which is nearly that of revisions. */

import type { ObjectHistory } from './object-history.ts'

/** A version ended: because another followed, or because it says that its object is gone. */
export interface Ended {
  history: ObjectHistory
  revision: number
}

export class Superseded {
  #items: Ended[] = []
  #next = 0

  add(history: ObjectHistory, revision: number): void {
    this.#items.push({ history, revision })
  }

  /** The first that is left. */
  get first(): Ended | undefined {
    return this.#items[this.#next]
  }

  next(): void {
    this.#next++
  }

  /** Most of it was taken: time to look through the rest. */
  get hollow(): boolean {
    return this.#next > this.#items.length / 2
  }

  /** Takes whatever has ended up to a revision, out of the middle as well. */
  takeUntil(revision: number): Ended[] {
    const rest = this.#items.slice(this.#next)
    this.#next = 0
    this.#items = rest.filter((item) => item.revision > revision)
    return rest.filter((item) => item.revision <= revision)
  }
}
