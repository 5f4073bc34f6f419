/** The lines of a log with their times, up to the moment that is looked at. Pure. */

import type { LogView } from '../../protocol.ts'

/** Lines that are shown: the last ones. */
const most = 2_000

/**
 * @param text lines of a time (RFC 3339) and the rest
 * @param until milliseconds since the epoch
 */
export function logLines(text: string, until = Number.POSITIVE_INFINITY): LogView['lines'] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let last = ''
  return lines
    .map((line) => {
      const [, at, rest = ''] = /^(\d{4}-\d\d-\d\dT\S+) ?(.*)$/s.exec(line) ?? []
      // A line without a time belongs to the one before.
      last = at ?? last
      return { at: last, text: at === undefined ? line : rest }
    })
    .filter(({ at }) => !(Date.parse(at) > until))
    .slice(-most)
}
