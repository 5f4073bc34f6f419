/** A recording in a file, for a command: what is wrong with it is said in a sentence. */

import { readFile } from '../../../recordings/file.ts'
import { RecordingError } from '../../../recordings/line.ts'
import type { Line } from '../../../recordings/recording.ts'
import { CommandError } from '../../context.ts'

/** @param notice told when the end of the file is missing. @throws CommandError */
export async function* readRecording(
  path: string,
  notice: (text: string) => void,
): AsyncGenerator<Line, void, undefined> {
  try {
    yield* readFile(path, { cut: notice })
  } catch (error) {
    throw inWords(error, path)
  }
}

function inWords(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new CommandError(`there is no file ${path}`)
  if (error instanceof RecordingError || code !== undefined)
    return new CommandError(`${path} cannot be read as a recording: ${message}`)
  return error
}
