/** Takes keys from a queue and has them worked on, so many at once and so many in one turn of the event loop. */

import type { Key } from './inputs.ts'

export interface PumpOptions {
  concurrency: number
  take(): Key | undefined
  /** Never rejects. Resolves when the key no longer takes a place, with what is still to be done about it. */
  work(key: Key): Promise<() => Promise<void>>
  /** There was nothing more to take. */
  idle(): void
}

/** Runs between two turns of the event loop, so that many runs that do nothing do not stop everything else. */
const perTurn = 32

export class Pump {
  readonly #options: PumpOptions
  readonly #inFlight = new Set<Promise<void>>()
  #running = 0
  #pumping = false
  #thisTurn = 0
  #active = false

  constructor(options: PumpOptions) {
    this.#options = options
  }

  /** Keys that are worked on; those that only wait for what they wrote are left out. */
  get running(): number {
    return this.#running
  }

  start(): void {
    this.#active = true
    this.wake()
  }

  /** Takes no more; resolves when all that was taken is done with. */
  async stop(): Promise<void> {
    this.#active = false
    await Promise.all(this.#inFlight)
  }

  /** There may be something to take. Many calls in one turn make one look at the queue. */
  wake(): void {
    if (this.#pumping || !this.#active) return
    this.#pumping = true
    const pump = () => {
      this.#pumping = false
      this.#pump()
    }
    if (this.#thisTurn < perTurn) queueMicrotask(pump)
    else
      setImmediate(() => {
        this.#thisTurn = 0
        pump()
      })
  }

  #pump(): void {
    const { concurrency, take, idle } = this.#options
    while (this.#active && this.#running < concurrency) {
      if (this.#thisTurn >= perTurn) {
        this.wake()
        return
      }
      const key = take()
      if (!key) {
        idle()
        return
      }
      this.#thisTurn++
      const work = this.#work(key).finally(() => this.#inFlight.delete(work))
      this.#inFlight.add(work)
    }
  }

  async #work(key: Key): Promise<void> {
    this.#running++
    const rest = await this.#options.work(key)
    this.#running--
    this.wake()
    await rest()
  }
}
