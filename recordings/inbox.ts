/** What comes by calls and is taken in a loop; whoever takes too slowly is told, rather than that it grows without end. */

/** Items that may wait. */
const limit = 100_000

export class Inbox<T> implements AsyncIterable<T> {
  #items: T[] = []
  #end: { error?: unknown } | undefined
  #wake = () => {}

  /** False: it has ended, or ends now because too much waits. */
  push(item: T): boolean {
    if (this.#items.length >= limit)
      this.fail(new Error(`more than ${limit} lines wait to be taken`))
    if (this.#end) return false
    this.#items.push(item)
    this.#wake()
    return true
  }

  /** What waits is still taken; nothing comes after it. */
  end(): void {
    this.#end ??= {}
    this.#wake()
  }

  fail(error: unknown): void {
    this.#end ??= { error }
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const items = this.#items
      this.#items = []
      yield* items
      if (this.#items.length > 0) continue
      if (this.#end && 'error' in this.#end) throw this.#end.error
      if (this.#end) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
