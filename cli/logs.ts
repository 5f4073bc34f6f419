/** `tiphys logs COMPONENT`: the end of a component's log, and what follows. */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runInherited } from './command.ts'
import { CommandError, type Context } from './context.ts'
import { type Flags, loadSettings, locate, pathsOf } from './settings.ts'

export async function logs(
  context: Context,
  component: string,
  flags: Flags & { follow?: boolean; lines?: number },
): Promise<number> {
  const location = locate(context, flags)
  const directory = pathsOf(loadSettings(location) ?? location).logs
  const path = join(directory, `${component}.log`)
  if (!/^[a-z]+$/.test(component) || !existsSync(path)) {
    const known = existsSync(directory)
      ? readdirSync(directory)
          .filter((file) => file.endsWith('.log'))
          .map((file) => file.slice(0, -'.log'.length))
      : []
    throw new CommandError(
      `there is no log of "${component}" in ${directory}`,
      known.map((name) => `./tiphys logs ${name}`),
    )
  }
  // By name: a rotated log is emptied in place, and `tail` says so and goes on.
  const follow = flags.follow ? ['--follow=name', '--retry'] : []
  return runInherited('tail', [`--lines=${flags.lines ?? 200}`, ...follow, path])
}
