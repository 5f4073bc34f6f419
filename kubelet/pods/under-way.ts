/**
 * The operations of one pod that are under way, and those that have failed and wait for their next try. Each key is under
 * way once; only a faster repetition may take the place of a slower one.
 */

import type { Clock } from '../../ports/clock.ts'
import { type BackOff, longer, noBackOff, retryRule } from './back-off.ts'

export interface Mark {
  /** When a kill that is under way turns to SIGKILL. */
  deadline?: number
}

export class UnderWay {
  readonly #clock: Clock
  readonly #ended: () => void
  readonly #marks = new Map<string, Mark>()
  readonly #retries = new Map<string, { until: number; backOff: BackOff }>()

  /** @param ended an operation has ended, well or not */
  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock
    this.#ended = ended
  }

  get marks(): ReadonlyMap<string, Mark> {
    return this.#marks
  }

  has(key: string): boolean {
    return this.#marks.has(key)
  }

  /**
   * @param work `again`: it repeats what is under way
   * @param failed told of an error, and when the operation may be tried again
   */
  begin(
    key: string,
    mark: Mark,
    work: (again: boolean) => Promise<void>,
    failed: (error: unknown, retryAt: number) => void,
  ): void {
    const again = this.#marks.has(key)
    this.#marks.set(key, mark)
    work(again)
      .then(() => this.#retries.delete(key))
      .catch((error) => failed(error, this.#postpone(key)))
      .finally(() => {
        // A faster repetition has taken the place of a slower kill: it alone ends the entry.
        if (this.#marks.get(key) === mark) this.#marks.delete(key)
        this.#ended()
      })
  }

  /** Before when an operation that has failed must not be tried again; 0: at once. */
  notBefore(key: string): number {
    return this.#retries.get(key)?.until ?? 0
  }

  /** What failed may be tried at once. */
  forgive(key: string): void {
    this.#retries.delete(key)
  }

  /** When waiting alone changes something. */
  moments(): number[] {
    return [...this.#retries.values()].map(({ until }) => until)
  }

  #postpone(key: string): number {
    const now = this.#clock.now()
    const backOff = longer(this.#retries.get(key)?.backOff ?? noBackOff, retryRule, now)
    const until = now + backOff.delay
    this.#retries.set(key, { backOff, until })
    return until
  }
}
