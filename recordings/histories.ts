/** The histories of all places that are kept, found by place, by kind in order, by owner, and by whom they tell. */

import type { KubernetesObject } from '../api/object.ts'
import type { Event } from '../api/types.ts'
import type { Keyframes } from './keyframes.ts'
import { inOrder, ObjectHistory } from './object-history.ts'
import { type Place, placeKey } from './place.ts'
import { Relations } from './relations.ts'

export class Histories implements Iterable<ObjectHistory> {
  readonly #keyframes: Keyframes
  readonly #kinds = new Map<string, Map<string, ObjectHistory>>()
  /** The same in order, as long as none came or went. */
  readonly #sorted = new Map<string, ObjectHistory[]>()
  /** By the uids of owners. */
  readonly owned = new Relations()
  /** Events, by the uid of what they are about. */
  readonly told = new Relations()

  constructor(keyframes: Keyframes) {
    this.#keyframes = keyframes
  }

  *[Symbol.iterator](): Generator<ObjectHistory, void, undefined> {
    for (const histories of this.#kinds.values()) yield* histories.values()
  }

  at(place: Place): ObjectHistory | undefined {
    return this.#kinds.get(place.kind)?.get(placeKey(place))
  }

  /** By namespace and name. */
  ofKind(kind: string): readonly ObjectHistory[] {
    let histories = this.#sorted.get(kind)
    if (!histories) {
      histories = inOrder(this.#kinds.get(kind)?.values() ?? [])
      this.#sorted.set(kind, histories)
    }
    return histories
  }

  /** The one of this place, begun where there was none. */
  begun(place: Place): ObjectHistory {
    const known = this.at(place)
    if (known) return known
    const history = new ObjectHistory(place, this.#keyframes)
    const histories = this.#kinds.get(place.kind) ?? new Map<string, ObjectHistory>()
    this.#kinds.set(place.kind, histories.set(placeKey(place), history))
    this.#sorted.delete(place.kind)
    return history
  }

  /** Whose it is, and whom it tells of. */
  relate(history: ObjectHistory, object: KubernetesObject): void {
    for (const { uid } of object.metadata.ownerReferences ?? []) this.owned.add(uid, history)
    if (history.place.kind === 'Event')
      this.told.add((object as unknown as Event).involvedObject?.uid, history)
  }

  /** False: it was forgotten before, and another has begun at its place. */
  forget(history: ObjectHistory): boolean {
    const { place } = history
    if (this.at(place) !== history) return false
    this.#kinds.get(place.kind)?.delete(placeKey(place))
    this.#sorted.delete(place.kind)
    this.owned.forget(history)
    this.told.forget(history)
    return true
  }
}
