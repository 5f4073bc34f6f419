/** The last lines of a log with their times, up to the moment that is looked at. Pure. */

import type { LogView } from '../../protocol.ts'

export type LogLine = LogView['lines'][number]

/** The last ones. */
export const linesShown = 2_000

/** Told line by line; keeps what is shown. */
export class LogTail {
  readonly #until: number
  #lines: LogLine[] = []
  #last = ''
  /** What is told from now on is later than what is looked at. */
  over = false

  /** @param until milliseconds since the epoch */
  constructor(until = Number.POSITIVE_INFINITY) {
    this.#until = until
  }

  /** @param line a time (RFC 3339) and the rest; one without a time belongs to the one before */
  add(line: string): void {
    const [, at, rest = ''] = /^(\d{4}-\d\d-\d\dT\S+) ?(.*)$/s.exec(line) ?? []
    this.#last = at ?? this.#last
    this.over ||= Date.parse(this.#last) > this.#until
    if (this.over) return
    this.#lines.push({ at: this.#last, text: at === undefined ? line : rest })
    if (this.#lines.length > 2 * linesShown) this.#lines = this.lines
  }

  get lines(): LogLine[] {
    return this.#lines.slice(-linesShown)
  }
}

/** @param until milliseconds since the epoch */
export function logLines(text: string, until?: number): LogLine[] {
  const tail = new LogTail(until)
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) tail.add(line)
  return tail.lines
}
