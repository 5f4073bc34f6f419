/**
 * Reads a recording, line by line, from whatever brings its bytes. Strict: see `line.ts`. A recording that was cut in the
 * middle of its last line is read up to there. Opens nothing by itself.
 */

import { parseLine, RecordingError } from './line.ts'
import type { Line } from './recording.ts'

export interface ReadOptions {
  /** Bytes of one line; a keyframe holds all there is. 64 MiB unless told, which is 10,000 pods of more than 6 KiB. */
  lineBytes?: number
  /** Of all lines together; as many as come unless told. */
  bytes?: number
  /** 5 million unless told. */
  lines?: number
  /** The last line was cut, and is left out: in a sentence. */
  cut?(notice: string): void
}

const lineFeed = 10

export async function* readLines(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  {
    lineBytes = 64 * 2 ** 20,
    bytes: all = Number.POSITIVE_INFINITY,
    lines = 5_000_000,
    cut,
  }: ReadOptions = {},
): AsyncGenerator<Line, void, undefined> {
  const pieces: Uint8Array[] = []
  let held = 0
  let total = 0
  let number = 0
  const hold = (piece: Uint8Array) => {
    held += piece.length
    if (held > lineBytes)
      throw new RecordingError(
        `line ${number + 1}: it is longer than ${lineBytes} bytes; no line of a recording is, this is something else`,
      )
    pieces.push(piece)
  }
  const take = (): Uint8Array => {
    if (++number > lines)
      throw new RecordingError(`it has more than ${lines} lines; record a shorter time`)
    const bytes = joined(pieces, held)
    pieces.length = 0
    held = 0
    return bytes
  }
  for await (const chunk of source) {
    total += chunk.length
    if (total > all)
      throw new RecordingError(`it holds more than ${all} bytes; record a shorter time`)
    let from = 0
    for (let to = chunk.indexOf(lineFeed); to >= 0; to = chunk.indexOf(lineFeed, from)) {
      hold(chunk.subarray(from, to))
      from = to + 1
      const text = decoded(take(), number)
      if (text.trim() !== '') yield parseLine(text, number)
    }
    // A source may use its buffer again.
    if (from < chunk.length) hold(chunk.slice(from))
  }
  if (held === 0) return
  const bytes = take()
  // A line that only lacks its end is whole all the same; of the very first, which says what this is, that is demanded.
  if (number === 1 || isWhole(bytes)) yield parseLine(decoded(bytes, number), number)
  else cut?.(`line ${number} was cut off in the middle: what is before it was read`)
}

function isWhole(bytes: Uint8Array): boolean {
  try {
    JSON.parse(utf8.decode(bytes))
    return true
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false
    throw error
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = pieces
  if (only && pieces.length === 1) return only
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decoded(bytes: Uint8Array, number: number): string {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    throw new RecordingError(
      `line ${number}: it is not UTF-8; the file is damaged, or compressed and its name does not end in .gz`,
      { cause: error },
    )
  }
}
