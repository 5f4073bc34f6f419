/**
 * Many callers, few calls: whoever asks while one is under way shares the next one. The one under way will not do,
 * because it may have read the state before the caller's own past.
 */
export class Coalesced<T> {
  readonly #call: () => Promise<T>
  #running: Promise<T> | undefined
  #next: Promise<T> | undefined

  constructor(call: () => Promise<T>) {
    this.#call = call
  }

  get(): Promise<T> {
    if (!this.#running) return this.#start()
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#next
  }

  #start(): Promise<T> {
    this.#next = undefined
    const call = this.#call()
    const running = call.finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }
}
