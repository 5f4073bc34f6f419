/** `GET /api/recording`: the past of a namespace as a file, that can be looked at anywhere. */

import { lineText } from '../../recordings/line.ts'
import { readLines } from '../../recordings/reader.ts'
import { Recorder } from '../../recordings/recorder.ts'
import type { Line } from '../../recordings/recording.ts'
import type { Desk } from './desk.ts'
import type { Reply } from './http-server.ts'
import { linesOf } from './timeline-lines.ts'

export async function recordingFile(desk: Desk, namespace: string): Promise<Reply> {
  const stamp = new Date(desk.clock.now()).toISOString().slice(0, 16).replaceAll(/[-:]/g, '')
  const name = `${namespace}-${stamp}.jsonl`
  const stream = desk.isLive ? await desk.live().past.recording({ namespace }) : undefined
  if (stream) return { name, file: texts(readLines(stream)) }
  const lines = await desk.with(namespace, ({ timeline }) => [...linesOf(timeline)])
  return { name, file: texts(lines) }
}

async function* texts(lines: AsyncIterable<Line> | Iterable<Line>): AsyncGenerator<string> {
  const recorder = new Recorder()
  for await (const line of lines)
    for (const kept of recorder.lines(line)) yield `${lineText(kept)}\n`
}
