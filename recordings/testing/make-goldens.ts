/** `node recordings/testing/make-goldens.ts [names...]` makes the recordings of `recordings/golden` anew, from Worlds. */

import { statSync } from 'node:fs'
import { writeFile } from '../file.ts'
import { Recorder } from '../recorder.ts'
import { goldenPath } from './goldens.ts'
import { recorded, scenarios } from './scenarios.ts'

const names = process.argv.slice(2)
for (const name of names.length > 0 ? names : Object.keys(scenarios)) {
  const recorder = new Recorder()
  const lines = (await recorded(name)).flatMap((line) => recorder.lines(line))
  const path = goldenPath(name)
  await writeFile(path, lines)
  process.stdout.write(`${path}: ${lines.length} lines, ${statSync(path).size} bytes\n`)
}
