/** Which histories speak of whom: found by uid, and forgotten with the history. */

import type { ObjectHistory } from './object-history.ts'

export class Relations {
  readonly #histories = new Map<string, Set<ObjectHistory>>()
  readonly #uids = new Map<ObjectHistory, Set<string>>()

  add(uid: string | undefined, history: ObjectHistory): void {
    if (!uid) return
    member(this.#histories, uid).add(history)
    member(this.#uids, history).add(uid)
  }

  of(uid: string | undefined): ReadonlySet<ObjectHistory> {
    return (uid && this.#histories.get(uid)) || none
  }

  forget(history: ObjectHistory): void {
    for (const uid of this.#uids.get(history) ?? []) {
      const others = this.#histories.get(uid)
      others?.delete(history)
      if (others?.size === 0) this.#histories.delete(uid)
    }
    this.#uids.delete(history)
  }
}

const none: ReadonlySet<ObjectHistory> = new Set()

function member<K, V>(sets: Map<K, Set<V>>, key: K): Set<V> {
  let set = sets.get(key)
  if (!set) {
    set = new Set()
    sets.set(key, set)
  }
  return set
}
