/** A recording in a file as a source: nothing in it is live, and there is one namespace. */

import { basename } from 'node:path'
import { readFile } from '../../recordings/file.ts'
import type { Source } from './source.ts'

export const fileSource = (path: string): Source => ({
  file: basename(path),
  lines: () => readFile(path),
})
