/** Answers whose end is not known when they begin, into a stream; what is written in one turn goes out in one piece. */

import type { Writable } from 'node:stream'
import type { Output, Schedule } from './exchange.ts'

export class StreamOutput implements Output {
  readonly #stream: Writable
  readonly #abort: () => void
  readonly #schedule: Schedule
  #corked = false

  constructor(stream: Writable, abort: () => void, schedule: Schedule = process.nextTick) {
    this.#stream = stream
    this.#abort = abort
    this.#schedule = schedule
  }

  get buffered(): number {
    return this.#stream.writableLength
  }

  get closed(): boolean {
    return this.#stream.destroyed || this.#stream.writableEnded
  }

  write(chunk: Buffer, taken?: () => void): boolean {
    if (this.closed) {
      taken?.()
      return true
    }
    this.#cork()
    return this.#stream.write(chunk, taken)
  }

  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#stream.cork()
    this.#schedule(this.#flush)
  }

  readonly #flush = () => {
    this.#corked = false
    if (!this.closed) this.#stream.uncork()
  }

  drained(): Promise<void> {
    const stream = this.#stream
    if (this.closed || !stream.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        stream.off('drain', done)
        stream.off('close', done)
        resolve()
      }
      stream.on('drain', done)
      stream.on('close', done)
    })
  }

  end(): void {
    if (!this.closed) this.#stream.end()
  }

  abort(): void {
    this.#abort()
  }
}

/** Takes nothing: the body of an answer to HEAD. */
export const nowhere: Output = {
  write(_chunk, taken) {
    taken?.()
    return true
  },
  drained: () => Promise.resolve(),
  buffered: 0,
  closed: true,
  end: () => {},
  abort: () => {},
}
