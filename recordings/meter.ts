/** How large a recording may be: it may come from anybody, and a small file unpacks to anything. Pure. */

import { RecordingError } from './line.ts'

export interface Bounds {
  /** Bytes of one line; a keyframe holds all there is. 64 MiB unless told, which is 10,000 pods of more than 6 KiB. */
  lineBytes: number
  /** Of all lines together; as many as come unless told. */
  bytes: number
  /** 5 million unless told. */
  lines: number
  /** Each is held against all that was there before. 10,000 unless told, as many as are made of so many lines. */
  keyframes: number
}

const usual: Bounds = {
  lineBytes: 64 * 2 ** 20,
  bytes: Number.POSITIVE_INFINITY,
  lines: 5_000_000,
  keyframes: 10_000,
}

/** Counts what is read. All throw RecordingError. */
export class Meter {
  readonly #bounds: Bounds
  readonly #counts = { bytes: 0, lines: 0, keyframes: 0 }

  constructor({
    lineBytes = usual.lineBytes,
    bytes = usual.bytes,
    lines = usual.lines,
    keyframes = usual.keyframes,
  }: Partial<Bounds>) {
    this.#bounds = { lineBytes, bytes, lines, keyframes }
  }

  add(what: 'bytes' | 'lines' | 'keyframes', count = 1): void {
    this.#counts[what] += count
    if (this.#counts[what] > this.#bounds[what])
      throw new RecordingError(
        `it has more than ${this.#bounds[what]} ${what}; record a shorter time`,
      )
  }

  /** @param length of a line whose end has not come yet */
  line(length: number): void {
    const { lineBytes } = this.#bounds
    if (length > lineBytes)
      throw new RecordingError(
        `line ${this.#counts.lines + 1}: it is longer than ${lineBytes} bytes; no line of a recording is, this is something else`,
      )
  }
}
