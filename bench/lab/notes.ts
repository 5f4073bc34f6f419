/** What a server used, in the words of a table's note. */

import type { Usage } from './usage.ts'

/** CPU time of one of `count` operations, which a busy machine distorts less than rates. */
export function cpuNote({ cpuMs }: Usage, count: number): string {
  const each = (cpuMs * 1000) / count
  return `server CPU ${each < 1000 ? `${each.toFixed(0)} µs` : `${(each / 1000).toFixed(1)} ms`} each`
}

export const stallNote = ({ longestStallMs, stalls }: Usage): string =>
  `event loop: longest stall ${longestStallMs.toFixed(0)} ms, ${stalls} over 10 ms`
