/**
 * What a run has cost and how much work it has made. Cost is the published measure, which clients can predict; work is
 * the machine's own, and bounds how long a run can keep the process from everything else.
 */

import { CelBudgetError } from './errors.ts'

/** Steps of a run: some 50 ns each, so that none takes much longer than 50 ms. */
export const workLimit = 1_000_000

/** Characters, and keys of a map that are listed, that take as long as one step. */
const charactersPerStep = 16
const keysPerStep = 4

export class Meter {
  cost = 0
  /** Steps so far. */
  spent = 0
  readonly #limit: number

  constructor(costLimit: number) {
    this.#limit = costLimit
  }

  /** @throws CelBudgetError */
  charge(units: number): void {
    this.cost += units
    if (this.cost > this.#limit || ++this.spent > workLimit) throw new CelBudgetError()
  }

  /** @throws CelBudgetError */
  work(steps: number): void {
    this.spent += steps
    if (this.spent > workLimit) throw new CelBudgetError()
  }

  /** Keys of a map that are about to be listed or counted. @throws CelBudgetError */
  keys(count: number): void {
    this.work(count / keysPerStep)
  }

  /** Characters that are about to be walked or made. @throws CelBudgetError */
  characters(count: number): void {
    this.work(count / charactersPerStep)
  }
}
