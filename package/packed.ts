/** What npm would publish of a directory: packed once, for the checks and for whoever installs it from the file. */

import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Archive {
  /** The path of the `.tgz`. */
  file: string
  bytes: Buffer
  /** Bytes once unpacked. */
  unpackedSize: number
}

export async function packed(directory: string): Promise<Archive> {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--ignore-scripts'], {
    cwd: directory,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`npm pack failed in ${directory}:\n${stderr}`)
  // One version of npm lists packages, another names them.
  const answer = Object.values(
    JSON.parse(stdout) as Record<string, { filename: string; unpackedSize: number }>,
  )
  const [first] = answer
  if (!first) throw new Error(`npm pack made nothing in ${directory}`)
  const file = join(directory, first.filename)
  return { file, bytes: await readFile(file), unpackedSize: first.unpackedSize }
}
