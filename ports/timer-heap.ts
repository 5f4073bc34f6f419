/** Timers of a virtual clock in the order in which they fire: by time, those of one time in the order of their making. */

export interface Timer {
  readonly at: number
  readonly sequence: number
  readonly task: () => void
}

interface Waiting extends Timer {
  cancelled: boolean
}

const before = (a: Timer, b: Timer): boolean =>
  a.at < b.at || (a.at === b.at && a.sequence < b.sequence)

/** A binary heap. What is cancelled stays until it is on top, or until there are more of its kind than of others. */
export class TimerHeap {
  #heap: Waiting[] = []
  #sequence = 0
  #cancelled = 0

  get size(): number {
    return this.#heap.length - this.#cancelled
  }

  add(at: number, task: () => void): Timer {
    const timer = { at, sequence: this.#sequence++, task, cancelled: false }
    this.#heap.push(timer)
    this.#up(this.#heap.length - 1)
    return timer
  }

  /** Does nothing to a timer that was taken or cancelled before. */
  cancel(timer: Timer): void {
    const waiting = timer as Waiting
    if (waiting.cancelled) return
    waiting.cancelled = true
    this.#cancelled++
    if (this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#sweep()
  }

  first(): Timer | undefined {
    while (this.#heap[0]?.cancelled) {
      this.#pop()
      this.#cancelled--
    }
    return this.#heap[0]
  }

  /** Takes the first out. */
  take(): Timer | undefined {
    if (!this.first()) return undefined
    const timer = this.#pop()
    // A cancellation that comes later finds nothing to do.
    timer.cancelled = true
    return timer
  }

  #sweep(): void {
    this.#heap = this.#heap
      .filter(({ cancelled }) => !cancelled)
      .sort((a, b) => (before(a, b) ? -1 : 1))
    this.#cancelled = 0
  }

  #pop(): Waiting {
    const heap = this.#heap
    const top = heap[0] as Waiting
    const last = heap.pop() as Waiting
    if (heap.length > 0) {
      heap[0] = last
      this.#down(0)
    }
    return top
  }

  #up(from: number): void {
    const heap = this.#heap
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!before(heap[at] as Timer, heap[parent] as Timer)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #down(from: number): void {
    const heap = this.#heap
    for (let at = from; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && before(heap[child] as Timer, heap[least] as Timer)) least = child
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const held = heap[a] as Waiting
    heap[a] = heap[b] as Waiting
    heap[b] = held
  }
}
