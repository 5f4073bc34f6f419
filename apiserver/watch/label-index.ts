/**
 * Objects by the labels that selectors ask for. Nobody knows beforehand which those are, so a label is indexed when it
 * is first asked for, and kept up from then on; of so many labels at most, the one unused longest goes first.
 */

import type { Requirement, Selector } from '../../api/selector.ts'
import { ValueIndex } from './value-index.ts'
import type { Version } from './version.ts'

/** Labels that are indexed at a time. */
const mostLabels = 8

export class LabelIndex {
  /** By label; the one asked for last stands last. */
  readonly #labels = new Map<string, ValueIndex>()

  link(version: Version): void {
    for (const [label, index] of this.#labels) {
      const value = version.label(label)
      if (value !== undefined) index.link(value, version)
    }
  }

  unlink(version: Version): void {
    for (const [label, index] of this.#labels) {
      const value = version.label(label)
      if (value !== undefined) index.unlink(value, version)
    }
  }

  /**
   * The fewest objects among which are all that the selector selects, in no particular order.
   * @param all objects, for a label that is not indexed yet
   * @returns `undefined` where no requirement leaves less than `fewerThan`
   */
  candidates(
    selector: Selector,
    all: Iterable<Version>,
    fewerThan: number,
  ): Iterable<Version> | undefined {
    let fewest = fewerThan
    let best: Requirement | undefined
    for (const requirement of selector) {
      const { key, operator, values } = requirement
      if (operator !== '=' && operator !== 'in') continue
      const index = this.#indexOf(key, all)
      const count = values.reduce((sum, value) => sum + index.count(value), 0)
      if (count >= fewest) continue
      fewest = count
      best = requirement
    }
    if (!best) return undefined
    const index = this.#indexOf(best.key, all)
    // A value may be named twice.
    return [...new Set(best.values)].flatMap((value) => [...index.get(value)])
  }

  #indexOf(label: string, all: Iterable<Version>): ValueIndex {
    const known = this.#labels.get(label)
    this.#labels.delete(label)
    const index = known ?? built(label, all)
    this.#labels.set(label, index)
    if (this.#labels.size > mostLabels) this.#forgetOldest()
    return index
  }

  #forgetOldest(): void {
    for (const label of this.#labels.keys()) {
      this.#labels.delete(label)
      return
    }
  }
}

function built(label: string, all: Iterable<Version>): ValueIndex {
  const index = new ValueIndex()
  for (const version of all) {
    const value = version.label(label)
    if (value !== undefined) index.link(value, version)
  }
  return index
}
