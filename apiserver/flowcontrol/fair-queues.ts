/**
 * Who waits for seats of one priority level, in many queues that take turns by what they have been given. A flow may use
 * a few queues only (its hand), so that one that floods the server fills those and leaves the others' free.
 */

import { createHash } from 'node:crypto'

export interface Waiting {
  /** How many it waits for. */
  readonly seats: number
}

interface Queue<T> {
  entries: T[]
  /** Seats that it has been given, as far as it was owed them: the least is the next. */
  given: number
}

export interface QueueOptions {
  queues: number
  handSize: number
  queueLengthLimit: number
}

export class FairQueues<T extends Waiting> {
  readonly #options: QueueOptions
  readonly #queues: readonly Queue<T>[]
  readonly #busy = new Set<Queue<T>>()
  #length = 0
  /** What the queue that was served last had been given: who has nothing waiting saves nothing up. */
  #level = 0

  constructor(options: QueueOptions) {
    this.#options = options
    this.#queues = Array.from({ length: options.queues }, () => ({ entries: [], given: 0 }))
  }

  get length(): number {
    return this.#length
  }

  /** Into the shortest queue of the flow's hand; what is returned takes it out. `undefined` where that is full. */
  push(flow: string, entry: T): (() => void) | undefined {
    const { handSize, queueLengthLimit } = this.#options
    const hand = handOf(flow, this.#queues.length, handSize).map((at) => this.#queues[at]!)
    const queue = hand.reduce((best, one) =>
      one.entries.length < best.entries.length ? one : best,
    )
    if (queue.entries.length >= queueLengthLimit) return undefined
    if (queue.entries.length === 0) queue.given = Math.max(queue.given, this.#level)
    queue.entries.push(entry)
    this.#busy.add(queue)
    this.#length++
    return () => this.#remove(queue, entry)
  }

  /** Whose turn it is. */
  get next(): T | undefined {
    return this.#nextQueue()?.entries[0]
  }

  /** Takes out whose turn it is. */
  shift(): T | undefined {
    const queue = this.#nextQueue()
    const entry = queue?.entries[0]
    if (!queue || !entry) return undefined
    this.#level = queue.given
    queue.given += entry.seats
    this.#remove(queue, entry)
    return entry
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const { entries } of this.#busy) yield* entries
  }

  #nextQueue(): Queue<T> | undefined {
    let next: Queue<T> | undefined
    for (const queue of this.#busy) if (!next || queue.given < next.given) next = queue
    return next
  }

  #remove(queue: Queue<T>, entry: T): void {
    const at = queue.entries.indexOf(entry)
    if (at < 0) return
    queue.entries.splice(at, 1)
    this.#length--
    if (queue.entries.length === 0) this.#busy.delete(queue)
  }
}

/** Different queues that a flow may use, by its hash: two flows seldom have the same hand. */
export function handOf(flow: string, queues: number, handSize: number): number[] {
  const hash = createHash('sha256').update(flow).digest()
  const cards = Array.from({ length: queues }, (_, at) => at)
  const hand: number[] = []
  for (let n = 0; n < Math.min(handSize, queues); n++) {
    const pick = hash.readUInt16BE((2 * n) % (hash.length - 1)) % (queues - n)
    hand.push(cards[pick]!)
    cards[pick] = cards[queues - n - 1]!
  }
  return hand
}
