/** The last lines of a log with their times, up to the moment that is looked at. Pure. */

import type { LogView } from '../../protocol.ts'

export type LogLine = LogView['lines'][number]

/** The last ones; all together, and each, in characters. */
export const linesShown = 2_000
const charactersShown = 1_048_576
const longest = 16_384

/** Told line by line; keeps what is shown. */
export class LogTail {
  readonly #until: number
  #lines: LogLine[] = []
  #last = ''
  #characters = 0
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
    const text = cut(at === undefined ? line : rest)
    this.#lines.push({ at: this.#last, text })
    this.#characters += text.length
    const many = this.#lines.length > 2 * linesShown
    if (many || this.#characters > 2 * charactersShown) this.#shorten()
  }

  get lines(): LogLine[] {
    this.#shorten()
    return this.#lines
  }

  #shorten(): void {
    let [at, characters] = [this.#lines.length, 0]
    const first = Math.max(0, at - linesShown)
    while (at > first) {
      characters += this.#lines[at - 1]?.text.length ?? 0
      if (characters > charactersShown) break
      at--
    }
    this.#lines = this.#lines.slice(at)
    this.#characters = this.#lines.reduce((sum, { text }) => sum + text.length, 0)
  }
}

const cut = (text: string): string =>
  text.length <= longest ? text : `${text.slice(0, longest)} ... (${text.length} characters)`

/** @param until milliseconds since the epoch */
export function logLines(text: string, until?: number): LogLine[] {
  const tail = new LogTail(until)
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) tail.add(line)
  return tail.lines
}
