/** A reader that takes when it is told to. */

import type { Line } from '../../../recordings/recording.ts'
import type { Output } from '../../http/exchange.ts'

export class TestOutput implements Output {
  buffered = 0
  ended = false
  aborted = false
  #text = ''
  #wake = () => {}
  readonly #takes: boolean

  /** @param takes everything at once, and not only when it is told to */
  constructor(takes = true) {
    this.#takes = takes
  }

  /** All that was written; the last one must be whole. */
  get lines(): Exclude<Line, { type: 'HEADER' }>[] {
    return this.#text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }

  get closed(): boolean {
    return this.ended || this.aborted
  }

  write(chunk: Buffer): boolean {
    this.#text += chunk
    if (!this.#takes) this.buffered += chunk.length
    return this.#takes
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  take(): void {
    this.buffered = 0
    this.#wake()
  }

  end(): void {
    this.ended = true
  }

  abort(): void {
    this.aborted = true
  }
}
