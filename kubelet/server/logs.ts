/**
 * Reads container logs as the runtime writes them (CRI log format: time, stream, tag, text) and gives what
 * `kubectl logs` asks for. It opens regular files only and follows no link: the file's place is the agent's, but its
 * content is a stranger's.
 */

import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Clock } from '../../ports/clock.ts'
import { sleep } from '../../ports/clock.ts'

export interface LogOptions {
  follow: boolean
  timestamps: boolean
  /** The last so many lines; all without it. */
  tailLines?: number
  /** Lines since, in milliseconds of the epoch. */
  since?: number
  /** At most so many bytes, the last line cut. */
  limitBytes?: number
  /** `stdout` or `stderr` alone; both without it. */
  stream?: 'stdout' | 'stderr'
}

export interface LogSource {
  path: string
  /** Whether more may come: asked at the end of the file. */
  running(): Promise<boolean>
  clock: Clock
  signal: AbortSignal
}

const chunkSize = 64 << 10
const newline = 10
/** How often a followed file is looked at; the sum of a reader's patience and an idle file's cost. */
const followMs = 100
/** A line longer than this is given in pieces. */
const maxLine = 1 << 20

/** The log's bytes, line by line as they are there, then, when following, as they come. Ends with the container. */
export async function* readLog(source: LogSource, options: LogOptions): AsyncGenerator<Buffer> {
  const state: Output = { left: options.limitBytes ?? Number.POSITIVE_INFINITY, options }
  if (state.left <= 0) return
  let file = await openLog(source.path)
  try {
    let position = options.tailLines === undefined ? 0 : await tailPosition(file, options.tailLines)
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkSize), 0, chunkSize, position)
      position += bytesRead
      if (bytesRead > 0) {
        const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
        const end = data.lastIndexOf(newline) + 1
        rest = data.subarray(end)
        if (rest.length > maxLine) rest = Buffer.alloc(0)
        const text = format(data.subarray(0, end), state)
        if (text.length > 0) yield text
        if (state.left <= 0) return
        continue
      }
      if (!options.follow || source.signal.aborted) return
      const next = await rotated(file, source.path)
      if (next) {
        await file.close()
        file = next
        position = 0
        continue
      }
      // Asked before the last look at the file: what was written until the end is still read.
      if (!(await source.running()) && (await file.stat()).size <= position) return
      await sleep(source.clock, followMs, source.signal).catch(() => undefined) // the loop sees the abort
    }
  } finally {
    await file.close()
  }
}

interface Output {
  left: number
  options: LogOptions
}

/** Whole raw lines in, what the reader wants of them out. */
function format(lines: Buffer, state: Output): Buffer {
  const { timestamps, since, stream } = state.options
  const parts: Buffer[] = []
  for (let start = 0; start < lines.length && state.left > 0; ) {
    const end = lines.indexOf(newline, start) + 1
    const line = lines.subarray(start, end)
    start = end
    const entry = parseLine(line)
    if (!entry) continue
    if (stream && entry.stream !== stream) continue
    if (since !== undefined && Date.parse(entry.time) < since) continue
    const prefix = timestamps ? [Buffer.from(`${entry.time} `)] : []
    for (const part of [...prefix, entry.text]) {
      const kept = part.length > state.left ? part.subarray(0, state.left) : part
      state.left -= kept.length
      parts.push(kept)
    }
  }
  return Buffer.concat(parts)
}

interface Entry {
  /** RFC 3339 with nanoseconds. */
  time: string
  stream: string
  /** With its newline, unless the line goes on in the next entry. */
  text: Buffer
}

/** `2026-01-02T03:04:05.678901234Z stdout F text`; a tag of `P` means the line goes on. */
function parseLine(line: Buffer): Entry | undefined {
  const first = line.indexOf(32)
  const second = line.indexOf(32, first + 1)
  const third = line.indexOf(32, second + 1)
  if (first < 0 || second < 0 || third < 0) return undefined
  const partial = line[second + 1] === 0x50
  return {
    time: line.toString('latin1', 0, first),
    stream: line.toString('latin1', first + 1, second),
    text: line.subarray(third + 1, partial ? line.length - 1 : line.length),
  }
}

async function openLog(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags)
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new Error(`the log ${path} is not a regular file`)
}

/** Where the last `lines` lines begin. */
async function tailPosition(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  if (lines === 0) return size
  let found = 0
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkSize)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] !== newline || start + at === size - 1) continue
      if (++found === lines) return start + at + 1
    }
    end = start
  }
  return 0
}

/** The new file when the old one has been moved away, opened. */
async function rotated(file: FileHandle, path: string): Promise<FileHandle | undefined> {
  const present = await stat(path).catch(() => undefined) // between the move and the new file there is none
  if (!present || present.ino === (await file.stat()).ino) return undefined
  return openLog(path)
}
