/**
 * Events that are turned into others, in their order, although turning some of them takes time: what comes meanwhile
 * waits, and is then turned all at once. As long as nothing takes time, nothing waits.
 */

import type { Subscriber } from 'rxjs'

/** Events that may wait; beyond them the stream ends with an error. */
const mostWaiting = 10_000

export class TooManyWaitingError extends Error {
  override name = 'TooManyWaitingError'
  constructor() {
    super('too many changes wait to be shown; watch again from the last version that was seen')
  }
}

export class OrderedEvents<E> {
  readonly #subscriber: Subscriber<E>
  readonly #turn: (events: E[]) => E[] | Promise<E[]>
  readonly #roomBeyond: (() => Promise<void> | undefined) | undefined
  #waiting: E[] = []
  /** While something is being turned. */
  #working: Promise<void> | undefined
  #completed = false

  /** @param roomBeyond what the reader of this stream waits for, where it has no room */
  constructor(
    subscriber: Subscriber<E>,
    turn: (events: E[]) => E[] | Promise<E[]>,
    roomBeyond?: () => Promise<void> | undefined,
  ) {
    this.#subscriber = subscriber
    this.#turn = turn
    this.#roomBeyond = roomBeyond
  }

  next(event: E): void {
    if (this.#working === undefined) this.#work([event])
    else if (this.#waiting.length < mostWaiting) this.#waiting.push(event)
    else this.#subscriber.error(new TooManyWaitingError())
  }

  error(error: unknown): void {
    this.#subscriber.error(error)
  }

  complete(): void {
    this.#completed = true
    if (this.#working === undefined) this.#subscriber.complete()
  }

  /** Waited for by those who could send less at a time. */
  drained(): Promise<void> | undefined {
    if (this.#working === undefined) return this.#roomBeyond?.()
    return this.#working.then(() => this.#roomBeyond?.())
  }

  #work(events: E[]): void {
    let turned: E[] | Promise<E[]>
    try {
      turned = this.#turn(events)
    } catch (error) {
      this.#subscriber.error(error)
      return
    }
    if (!('then' in turned)) this.#tell(turned)
    else this.#working = this.#follow(turned)
  }

  async #follow(first: Promise<E[]>): Promise<void> {
    try {
      this.#tell(await first)
      while (this.#waiting.length > 0 && !this.#subscriber.closed) {
        const events = this.#waiting
        this.#waiting = []
        this.#tell(await this.#turn(events))
      }
    } catch (error) {
      this.#subscriber.error(error)
    }
    this.#working = undefined
    if (this.#completed) this.#subscriber.complete()
  }

  #tell(events: readonly E[]): void {
    for (const event of events) this.#subscriber.next(event)
  }
}
