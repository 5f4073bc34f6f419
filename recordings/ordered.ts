/** Lists that are in order: what comes where. Pure. */

/**
 * The index of the first number greater than a value; the length of the list where none is.
 * @param numberAt of a list from the smallest to the greatest
 */
export function firstAfter(
  value: number,
  length: number,
  numberAt: (index: number) => number,
): number {
  // Mostly what comes is the latest.
  if (length > 0 && numberAt(length - 1) <= value) return length
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numberAt(middle) <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** The same of a list of numbers. */
export const firstAfterIn = (list: readonly number[], value: number): number =>
  firstAfter(value, list.length, (at) => list[at] as number)

/** For sorting, the smallest first; texts by their code units. */
export const compare = <T extends string | number>(a: T, b: T): number =>
  a < b ? -1 : a > b ? 1 : 0
