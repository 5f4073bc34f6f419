/** Moments in words: of today by the clock on the wall, of other days with the date. Pure but for the machine's time zone. */

import { span } from '../../../rollouts/span.ts'

/** `14:03:12`, or `2026-01-02 14:03:12` of another day than `now`. Milliseconds since the epoch. */
export function clockText(time: number, now: number): string {
  const [then, today] = [new Date(time), new Date(now)]
  const two = (n: number) => String(n).padStart(2, '0')
  const clock = [then.getHours(), then.getMinutes(), then.getSeconds()].map(two).join(':')
  if (then.toDateString() === today.toDateString()) return clock
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())} ${clock}`
}

/** `14:03:12, 6 min ago`. */
export const momentText = (time: number, now: number): string =>
  `${clockText(time, now)}, ${span(now - time)} ago`
