/**
 * `tiphys dev`: a controller's project run here against the cluster that kubectl means, and run anew whenever one of its
 * files changes. Its kinds are installed first; it takes no lease, because the one before it is gone by then.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runInherited } from './command.ts'
import { CommandError, type Context } from './context.ts'
import { callerOf } from './host.ts'
import { kubeconfigPath } from './settings.ts'

export interface DevFlags {
  directory: string
  kubeconfig?: string
}

const entry = join('src', 'main.ts')

/** @param args are handed to the project's `main`. @returns its exit code, once it is interrupted */
export function dev(context: Context, flags: DevFlags, args: string[]): Promise<number> {
  const directory = resolve(flags.directory)
  refuseOthers(directory)
  const kubeconfig = flags.kubeconfig
    ? resolve(flags.kubeconfig)
    : kubeconfigPath(context, callerOf(context).home)
  if (!existsSync(kubeconfig))
    throw new CommandError(`there is no kubeconfig ${kubeconfig}`, [
      'npm start, or --kubeconfig FILE',
    ])
  const run = ['run', `--kubeconfig=${kubeconfig}`, '--install-kinds', '--leader-elect=false']
  return runInherited(
    context.node,
    [
      '--watch',
      '--watch-preserve-output',
      `--watch-path=${join(directory, 'src')}`,
      entry,
      ...run,
      ...args,
    ],
    { cwd: directory, env: context.env, signal: context.signal },
  )
}

function refuseOthers(directory: string): void {
  const manifest = join(directory, 'package.json')
  const isProject =
    existsSync(join(directory, entry)) &&
    existsSync(manifest) &&
    /"tiphys"\s*:/.test(readFileSync(manifest, 'utf8'))
  if (!isProject)
    throw new CommandError(
      `${directory} is no controller's project: it has no ${entry} that uses tiphys`,
      ['tiphys new controller NAME'],
    )
  if (!existsSync(join(directory, 'node_modules', 'tiphys')))
    throw new CommandError(`the packages of ${directory} are not installed`, ['npm install'])
}
