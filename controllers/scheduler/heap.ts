/** A binary heap whose entries can be taken out of the middle. */

export class Heap<T> {
  readonly #items: T[] = []
  readonly #at = new Map<T, number>()
  readonly #before: (a: T, b: T) => boolean

  /** @param before whether `a` comes out before `b` */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  has(item: T): boolean {
    return this.#at.has(item)
  }

  push(item: T): void {
    this.#items.push(item)
    this.#at.set(item, this.#items.length - 1)
    this.#rise(this.#items.length - 1)
  }

  pop(): T | undefined {
    const [first] = this.#items
    if (first !== undefined) this.delete(first)
    return first
  }

  delete(item: T): boolean {
    const at = this.#at.get(item)
    if (at === undefined) return false
    const last = this.#items.pop() as T
    this.#at.delete(item)
    if (last === item) return true
    this.#items[at] = last
    this.#at.set(last, at)
    this.#rise(at)
    this.#sink(this.#at.get(last) ?? at)
    return true
  }

  #swap(a: number, b: number): void {
    const first = this.#items[a] as T
    const second = this.#items[b] as T
    this.#items[a] = second
    this.#items[b] = first
    this.#at.set(second, a)
    this.#at.set(first, b)
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#before(this.#items[at] as T, this.#items[parent] as T)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1
      const right = left + 1
      let first = at
      for (const child of [left, right])
        if (
          child < this.#items.length &&
          this.#before(this.#items[child] as T, this.#items[first] as T)
        )
          first = child
      if (first === at) return
      this.#swap(at, first)
      at = first
    }
  }
}
