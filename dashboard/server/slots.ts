/**
 * Where each pod stands in the lane of its ReplicaSet: the place that it is given when it appears is its own until well
 * after its end, at every moment of the past as well, so that nothing that is drawn jumps about. Pure.
 */

import type { Moment } from '../../recordings/recording.ts'
import type { Slot } from '../protocol.ts'

interface Stay {
  slot: number
  pod: string
  uid: string
  from: number
  gone?: Moment
}

/** A place is not given on sooner after its pod has gone, milliseconds, as long as there are not too many such places. */
const mourning = 30_000
/** Pods of the past that are remembered in a lane. */
const remembered = 1_000

export class Lane {
  /** In the order in which they came. */
  #stays: Stay[] = []
  readonly #present = new Map<string, Stay>()
  /** The latest of each slot. */
  readonly #latest: Stay[] = []

  /** Places there have ever been: a lane never becomes shorter. */
  get size(): number {
    return this.#latest.length
  }

  add(pod: string, uid: string, { revision, at }: Moment): void {
    if (this.#present.has(uid)) return
    const stay: Stay = { slot: this.#free(Date.parse(at)), pod, uid, from: revision }
    this.#latest[stay.slot] = stay
    this.#present.set(uid, stay)
    this.#stays.push(stay)
    if (this.#stays.length > 2 * remembered)
      this.#stays = this.#stays.filter(
        (each, index) => index >= remembered || !each.gone || this.#latest[each.slot] === each,
      )
  }

  remove(uid: string, moment: Moment): void {
    const stay = this.#present.get(uid)
    if (!stay) return
    stay.gone = moment
    this.#present.delete(uid)
  }

  /** As it was at this revision, by place. */
  at(revision: number): Slot[] {
    const slots: Slot[] = []
    for (const { slot, pod, uid, from, gone } of this.#stays)
      if (from <= revision)
        slots[slot] = {
          slot,
          pod,
          uid,
          ...(gone && gone.revision <= revision && { gone: gone.at }),
        }
    return slots.filter((slot) => slot !== undefined)
  }

  /** That of the one who is gone for longest, if it is gone for long or many are; else a new one. */
  #free(now: number): number {
    const ghosts = this.#latest.filter(({ gone }) => gone)
    const [oldest] = ghosts.sort((a, b) => a.gone!.revision - b.gone!.revision || a.slot - b.slot)
    if (!oldest) return this.#latest.length
    const many = ghosts.length > Math.max(4, this.#present.size)
    const long = now - Date.parse(oldest.gone!.at) >= mourning
    return many || long ? oldest.slot : this.#latest.length
  }
}
