/** When revisions were: sorted, found from either side by halving. */

import { firstAfterIn } from './ordered.ts'
import type { Moment } from './recording.ts'

export class Moments {
  readonly #revisions: number[] = []
  /** Milliseconds since the epoch, the earliest that was told of the revision. */
  readonly #times: number[] = []
  /** The latest time up to there: clocks may have gone back, revisions never do. */
  readonly #latest: number[] = []

  get size(): number {
    return this.#revisions.length
  }

  /** What has no time, or none that is one, is passed over. */
  add({ revision, at }: Moment): void {
    const time = Date.parse(at)
    if (Number.isNaN(time)) return
    const place = this.#after(revision)
    const known = place - 1
    if (this.#revisions[known] === revision) {
      if (time >= (this.#times[known] as number)) return
      this.#times[known] = time
      this.#sum(known)
      return
    }
    this.#revisions.splice(place, 0, revision)
    this.#times.splice(place, 0, time)
    this.#latest.splice(place, 0, time)
    this.#sum(place)
  }

  /** Milliseconds: of the last revision up to this one whose time is known, or else of the next. */
  timeOf(revision: number): number | undefined {
    return this.#times[Math.max(0, this.#after(revision) - 1)]
  }

  /** The last revision that was there at a time. */
  revisionAt(time: number): number | undefined {
    return this.#revisions[firstAfterIn(this.#latest, time) - 1]
  }

  /** The nearest revision that is known before (-1) or after (1) another. */
  step(revision: number, direction: 1 | -1): number | undefined {
    const after = this.#after(revision)
    if (direction === 1) return this.#revisions[after]
    return this.#revisions[this.#revisions[after - 1] === revision ? after - 2 : after - 1]
  }

  /** All before a revision may go but the last of them, which says when it was reached; they go when they are many. */
  forget(revision: number): void {
    const count = this.#after(revision) - 1
    if (count < Math.max(1, this.#revisions.length / 4)) return
    for (const list of [this.#revisions, this.#times, this.#latest]) list.splice(0, count)
  }

  /** The index of the first revision after this one. */
  #after(revision: number): number {
    return firstAfterIn(this.#revisions, revision)
  }

  #sum(from: number): void {
    for (let at = from; at < this.#times.length; at++)
      this.#latest[at] = Math.max(this.#times[at] as number, this.#latest[at - 1] ?? -Infinity)
  }
}
