/** The programs that are compared: the same controller three times, each as its own documentation would have it. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Contender {
  name: string
  /** What runs; its arguments. */
  program: string
  args(kubeconfig: string): string[]
  /** Files that somebody has to write and to keep. */
  written: string[]
}

const here = import.meta.dirname

export const contenders: readonly Contender[] = [
  {
    name: 'tiphys',
    program: join(here, 'ours', 'main.ts'),
    args: (kubeconfig) => ['run', `--kubeconfig=${kubeconfig}`, '--leader-elect=false'],
    written: [join(here, 'ours', 'controller.ts'), join(here, 'ours', 'main.ts')],
  },
  {
    name: 'client-node, by hand',
    program: join(here, 'by-hand', 'main.ts'),
    args: () => [],
    written: [join(here, 'by-hand', 'main.ts')],
  },
  {
    name: '@dot-i/k8s-operator',
    program: join(here, 'dot-i', 'main.mjs'),
    args: () => [],
    written: [join(here, 'dot-i', 'main.mjs')],
  },
]

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
