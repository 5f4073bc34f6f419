/** Recordings in files: lines of JSON, compressed where the name ends in `.gz`. */

import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, createGzip } from 'node:zlib'
import { lineText } from './line.ts'
import { type ReadOptions, readLines } from './reader.ts'
import type { Line } from './recording.ts'

const isCompressed = (path: string): boolean => path.endsWith('.gz')

/** Of what a file holds, unpacked: a small one may unpack to anything. */
const fileBytes = 2 * 2 ** 30

/** What the file system or the reader refuses is thrown; a file that was cut is read as far as it goes. */
export async function* readFile(path: string, given: ReadOptions = {}): AsyncGenerator<Line> {
  const options = { bytes: fileBytes, ...given }
  const file = createReadStream(path)
  if (!isCompressed(path)) {
    yield* readLines(file, options)
    return
  }
  // A file that ends too early gives what it has.
  const plain = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
  file.on('error', (error) => plain.destroy(error))
  try {
    yield* readLines(file.pipe(plain), options)
  } finally {
    file.destroy()
    plain.destroy()
  }
}

/** Resolves when all of it is written. The file is made anew; it holds what a namespace held, so only its owner reads it. */
export async function writeFile(
  path: string,
  lines: AsyncIterable<Line> | Iterable<Line>,
  signal?: AbortSignal,
): Promise<void> {
  const text = Readable.from(texts(lines))
  const file = createWriteStream(path, { mode: 0o600 })
  const options = signal ? { signal } : {}
  if (isCompressed(path)) await pipeline(text, createGzip({ level: 9 }), file, options)
  else await pipeline(text, file, options)
}

async function* texts(lines: AsyncIterable<Line> | Iterable<Line>): AsyncGenerator<string> {
  for await (const line of lines) yield `${lineText(line)}\n`
}
