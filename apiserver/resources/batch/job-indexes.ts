/** Sets of a Job's indexes as its status keeps them: `1,3-5,7`, in order. */

export interface Interval {
  first: number
  last: number
}

/** @returns the intervals, or what is wrong: also an index that the Job does not have. */
export function parseIndexes(text: string, completions: number): Interval[] | string {
  const intervals: Interval[] = []
  if (text === '') return intervals
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions)
    if (typeof interval === 'string') return interval
    const before = intervals.at(-1)?.last
    if (before !== undefined && before >= interval.first)
      return `non-increasing order, previous: ${before}, current: ${interval.first}`
    intervals.push(interval)
  }
  return intervals
}

export const sizeOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0)

/** The first index that is in both. */
export function overlapOf(
  one: readonly Interval[],
  other: readonly Interval[],
): number | undefined {
  let at = 0
  for (const { first, last } of one) {
    while (at < other.length && (other[at]?.last ?? 0) < first) at++
    const next = other[at]
    if (next && next.first <= last) return Math.max(first, next.first)
  }
  return undefined
}

function parseInterval(text: string, completions: number): Interval | string {
  const parts = text.split('-')
  if (parts.length > 2)
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`
  const numbers: number[] = []
  for (const part of parts) {
    if (!/^[+-]?\d+$/.test(part))
      return `cannot convert string to integer for index: ${JSON.stringify(part)}`
    if (Number(part) >= completions) return `too large index: ${JSON.stringify(part)}`
    numbers.push(Number(part))
  }
  const [first = 0, last = first] = numbers
  if (numbers.length === 2 && first >= last)
    return `non-increasing order, previous: ${first}, current: ${last}`
  return { first, last }
}
