/**
 * Reads a recording, line by line, from whatever brings its bytes. Strict: see `line.ts`. A recording that was cut in the
 * middle of its last line is read up to there. Opens nothing by itself.
 */

import { parseLine, RecordingError } from './line.ts'
import { type Bounds, Meter } from './meter.ts'
import type { Line } from './recording.ts'

export interface ReadOptions extends Partial<Bounds> {
  /** The last line was cut, and is left out: in a sentence. */
  cut?(notice: string): void
}

const lineFeed = 10

export async function* readLines(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { cut, ...bounds }: ReadOptions = {},
): AsyncGenerator<Line, void, undefined> {
  const meter = new Meter(bounds)
  const pieces: Uint8Array[] = []
  let held = 0
  let number = 0
  const hold = (piece: Uint8Array) => {
    held += piece.length
    meter.line(held)
    pieces.push(piece)
  }
  const take = (): Uint8Array => {
    number++
    meter.add('lines')
    const bytes = joined(pieces, held)
    pieces.length = 0
    held = 0
    return bytes
  }
  const parsed = (text: string): Line => {
    const line = parseLine(text, number)
    if (line.type === 'KEYFRAME') meter.add('keyframes')
    return line
  }
  for await (const chunk of source) {
    meter.add('bytes', chunk.length)
    let from = 0
    for (let to = chunk.indexOf(lineFeed); to >= 0; to = chunk.indexOf(lineFeed, from)) {
      hold(chunk.subarray(from, to))
      from = to + 1
      const text = decoded(take(), number)
      if (text.trim() !== '') yield parsed(text)
    }
    // A source may use its buffer again.
    if (from < chunk.length) hold(chunk.slice(from))
  }
  if (held === 0) return
  const bytes = take()
  // A line that only lacks its end is whole all the same; of the very first, which says what this is, that is demanded.
  if (number === 1 || isWhole(bytes)) yield parsed(decoded(bytes, number))
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
