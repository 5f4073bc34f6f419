/**
 * Items in the byte order of their keys: a sorted array cut into chunks, so that finding is a binary search and
 * inserting among a hundred thousand moves a few hundred.
 */

import { compareKeys } from '../storage/key-order.ts'

const chunkSize = 512

export class SortedIndex<T extends { readonly key: string }> {
  /** None is empty, except a lone one. */
  readonly #chunks: T[][] = [[]]
  readonly #shared: number
  #size = 0

  /** @param shared so many letters at the beginning are the same in every key that it has or is asked for */
  constructor(shared = 0) {
    this.#shared = shared
  }

  get size(): number {
    return this.#size
  }

  get(key: string): T | undefined {
    const chunk = this.#chunks[this.#chunkFor(key)] as T[]
    const item = chunk[placeIn(chunk, key, this.#shared)]
    return item?.key === key ? item : undefined
  }

  /** Puts the item in its key's place; returns what was there. */
  set(item: T): T | undefined {
    const at = this.#chunkFor(item.key)
    const chunk = this.#chunks[at] as T[]
    const place = placeIn(chunk, item.key, this.#shared)
    const old = chunk[place]
    if (old?.key === item.key) {
      chunk[place] = item
      return old
    }
    chunk.splice(place, 0, item)
    this.#size++
    if (chunk.length > chunkSize) {
      // Appending in order, as loading does, leaves full chunks behind.
      const cut = place === chunkSize ? chunkSize : chunkSize / 2
      this.#chunks.splice(at + 1, 0, chunk.splice(cut))
    }
    return undefined
  }

  delete(key: string): T | undefined {
    const at = this.#chunkFor(key)
    const chunk = this.#chunks[at] as T[]
    const place = placeIn(chunk, key, this.#shared)
    const item = chunk[place]
    if (item?.key !== key) return undefined
    chunk.splice(place, 1)
    this.#size--
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1)
    return item
  }

  /** How many keys come before `key`. */
  rank(key: string): number {
    const at = this.#chunkFor(key)
    let before = placeIn(this.#chunks[at] as T[], key, this.#shared)
    for (let chunk = 0; chunk < at; chunk++) before += this.#chunks[chunk]?.length ?? 0
    return before
  }

  /** Visits items with `from <= key < end` in order until `visit` returns false. */
  scan(from: string, end: string, visit: (item: T) => boolean): void {
    let at = this.#chunkFor(from)
    let place = placeIn(this.#chunks[at] as T[], from, this.#shared)
    for (; at < this.#chunks.length; at++, place = 0) {
      const chunk = this.#chunks[at] as T[]
      const last = chunk.at(-1)
      // One comparison a chunk, rather than one an item.
      const stop =
        last && compareKeys(last.key, end, this.#shared) < 0
          ? chunk.length
          : placeIn(chunk, end, this.#shared)
      for (; place < stop; place++) if (!visit(chunk[place] as T)) return
      if (stop < chunk.length) return
    }
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const chunk of this.#chunks) yield* chunk
  }

  /** The last chunk that starts at or before `key`. */
  #chunkFor(key: string): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      const first = this.#chunks[middle]?.[0] as T
      if (compareKeys(first.key, key, this.#shared) <= 0) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** Where `key` is or would be. */
function placeIn(chunk: readonly { key: string }[], key: string, shared: number): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys((chunk[middle] as { key: string }).key, key, shared) < 0) low = middle + 1
    else high = middle
  }
  return low
}
