/** The programs that are compared: the same controller three times, each as its own documentation would have it. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { importingPackage } from '../../cli/new/project.ts'
import { packPackage } from '../../package/build.ts'

export interface Contender {
  name: string
  /** What runs. @param directory an empty one, for what has to be made first */
  program(directory: string): Promise<string>
  args(kubeconfig: string): string[]
  /** Files that somebody has to write and to keep. */
  written: string[]
}

const here = import.meta.dirname
const root = join(here, '..', '..')

export const contenders: readonly Contender[] = [
  {
    name: 'tiphys',
    program: installed,
    args: (kubeconfig) => ['run', `--kubeconfig=${kubeconfig}`, '--leader-elect=false'],
    written: [join(here, 'ours', 'controller.ts'), join(here, 'ours', 'main.ts')],
  },
  {
    name: 'client-node, by hand',
    program: async () => join(here, 'by-hand', 'main.ts'),
    args: () => [],
    written: [join(here, 'by-hand', 'main.ts')],
  },
  {
    name: '@dot-i/k8s-operator',
    program: async () => join(here, 'dot-i', 'main.mjs'),
    args: () => [],
    written: [join(here, 'dot-i', 'main.mjs')],
  },
]

/** Ours as somebody has it who installed the package: compiled, like the others. */
async function installed(directory: string): Promise<string> {
  const modules = join(directory, 'node_modules')
  await packPackage(join(modules, 'tiphys'))
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== 'tiphys' && !name.startsWith('.'))
      symlinkSync(join(root, 'node_modules', name), join(modules, name))
  for (const file of ['controller.ts', 'main.ts']) {
    const text = readFileSync(join(here, 'ours', file), 'utf8')
    writeFileSync(join(directory, file), importingPackage(text))
  }
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  return join(directory, 'main.ts')
}

/** Lines that say something: no blank ones, no comments. */
export function linesOf({ written }: Contender): number {
  const code = written
    .map((file) => readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, ''))
    .join('\n')
  return code.split('\n').filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length
}

/** The one framework that is not among this project's packages. Why it cannot be had, or `undefined`. */
export function installDotI(): string | undefined {
  const directory = join(here, 'dot-i')
  if (existsSync(join(directory, 'node_modules', '@dot-i'))) return undefined
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: directory,
    encoding: 'utf8',
  })
  return status === 0 ? undefined : `npm ci failed in ${directory}: ${stderr}`
}
