/** A recording in a file as a source: nothing in it is live, and there is one namespace. */

import { basename } from 'node:path'
import { readFile } from '../../recordings/file.ts'
import { RecordingError } from '../../recordings/line.ts'
import type { Source } from './source.ts'

/** @throws RecordingError for what is no recording */
export async function fileSource(path: string): Promise<Source> {
  return {
    file: basename(path),
    namespace: await namespaceIn(path),
    lines: () => readFile(path),
  }
}

async function namespaceIn(path: string): Promise<string> {
  for await (const line of readFile(path)) if (line.type === 'HEADER') return line.namespace
  throw new RecordingError('it is empty')
}
