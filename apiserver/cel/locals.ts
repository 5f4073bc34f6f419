/**
 * The names that comprehensions bring, for every walk over a tree: which of them a part of a comprehension can see, and
 * that the innermost of equal names is meant.
 */

import type { Comprehension } from './ast.ts'

export class Locals<Meaning> {
  readonly #known: { name: string; meaning: Meaning }[] = []

  find(name: string): Meaning | undefined {
    return this.#known.findLast((one) => one.name === name)?.meaning
  }

  has(name: string): boolean {
    return this.#known.some((one) => one.name === name)
  }

  /**
   * Walks what a comprehension does for each item, which sees all of its names, and then its result, which sees the
   * accumulator alone.
   * @param iterated what the names of the key and the value mean, or that of the only name
   */
  within<Each, Result>(
    { accuVar, iterVar, iterVar2 }: Comprehension,
    accu: Meaning,
    iterated: readonly Meaning[],
    each: () => Each,
    result: () => Result,
  ): [each: Each, result: Result] {
    const depth = this.#known.length
    this.#known.push({ name: accuVar, meaning: accu })
    const names = iterVar2 === undefined ? [iterVar] : [iterVar, iterVar2]
    for (const [at, name] of names.entries()) {
      const meaning = iterated[at]
      if (meaning !== undefined) this.#known.push({ name, meaning })
    }
    const done = each()
    this.#known.length = depth + 1
    const made = result()
    this.#known.length = depth
    return [done, made]
  }

  /** How many there are. */
  get depth(): number {
    return this.#known.length
  }
}
