/**
 * One step of what many do at about the same time, taken by all of them together: a server's requests are read, then
 * worked on, then answered. What one step needs fills the processor's caches, and with all steps in turn each request
 * would fetch everything anew: under load that makes it cost twice as much. Who comes alone waits for nobody, only for
 * the event loop's next turn. It decides nothing about the work, nor how much of it there may be.
 */

/** Pieces of work in one turn, between which nothing else runs; the rest have the next ones. */
const slice = 16

export class Step {
  #waiting: (() => void)[] = []

  /** Calls `work`, which must not throw, in the next turn that this step has. */
  enter(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(this.#run)
  }

  readonly #run = (): void => {
    const now = this.#waiting.splice(0, slice)
    if (this.#waiting.length > 0) setImmediate(this.#run)
    for (const work of now) work()
  }
}
