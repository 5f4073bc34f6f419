/** `npm run bench`: runs every benchmark under `bench/`, one after the other, each in a process of its own. */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runInherited } from './command.ts'
import { CommandError, type Context } from './context.ts'

const suffix = '.bench.ts'

export async function runBench(context: Context, names: string[]): Promise<number> {
  const directory = join(context.root, 'bench')
  const files = existsSync(directory)
    ? readdirSync(directory)
        .filter((file) => file.endsWith(suffix))
        .sort()
    : []
  const chosen = files.filter(
    (file) => names.length === 0 || names.includes(file.slice(0, -suffix.length)),
  )
  if (chosen.length === 0)
    throw new CommandError(
      `no such benchmark; there are: ${files.map((file) => file.slice(0, -suffix.length)).join(', ')}`,
    )
  let failed = 0
  for (const file of chosen) {
    context.out.write(`\n${file.slice(0, -suffix.length)}\n`)
    const code = await runInherited(context.node, [join(directory, file)], { env: context.env })
    if (code !== 0) failed++
  }
  return failed > 0 ? 1 : 0
}
