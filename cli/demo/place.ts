/** Where the demo happens: a cluster of its own, with a simulated node, below one temporary directory that goes with it. */

import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseDocument } from 'yaml'
import type { Clock } from '../../ports/clock.ts'
import { run } from '../command.ts'
import { CommandError, type Context } from '../context.ts'
import { freePort } from '../host.ts'
import { pageAddress } from '../page.ts'
import { loadSettings, pathsOf, type Settings } from '../settings.ts'

export interface Place {
  directory: string
  /** Where the rollouts can be seen in a browser. */
  page: string | undefined
  /** The program and the first of its arguments, of a command as it is shown. */
  programOf(word: string): string[]
  env: Record<string, string | undefined>
}

export class Cluster {
  readonly #context: Context
  readonly #name: string
  readonly directory = mkdtempSync(join(tmpdir(), 'tiphys-demo-'))

  constructor(context: Context) {
    this.#context = context
    this.#name = `demo${this.directory.slice(-6).toLowerCase()}`
  }

  get #location() {
    const dataDir = join(this.directory, 'data')
    return { name: this.#name, dataDir, runDir: join(this.directory, 'run') }
  }

  get #tiphys(): string[] {
    return [this.#context.node, join(this.#context.root, 'cli', 'main.ts')]
  }

  #instance(command: string): string[] {
    const { name, dataDir, runDir } = this.#location
    return [command, `--name=${name}`, `--data-dir=${dataDir}`, `--run-dir=${runDir}`]
  }

  /** @throws CommandError with the words of `tiphys up` */
  async start(): Promise<Place> {
    const kubectl = findKubectl(this.#context)
    const kubeconfig = join(this.directory, 'kubeconfig')
    const env = { ...this.#context.env, HOME: this.directory, KUBECONFIG: kubeconfig }
    const [node = '', main = ''] = this.#tiphys
    const up = [
      ...this.#instance('up'),
      '--storage=sqlite',
      '--runtime=simulated',
      `--api-port=${await freePort()}`,
      `--kubelet-port=${await freePort()}`,
      `--kubeconfig=${kubeconfig}`,
    ]
    const { code, stdout, stderr } = await run(node, [main, ...up], { env })
    if (code !== 0) throw new CommandError(`the cluster did not start:\n${stdout}${stderr}`.trim())
    const settings = loadSettings(this.#location)
    if (!settings) throw new CommandError('the cluster of the demo is gone')
    await signIn('alice', settings, this.#context.clock)
    return {
      directory: this.directory,
      page: settings.dashboardPort ? pageAddress(settings) : undefined,
      programOf: (word) =>
        word === 'tiphys' ? [node, main] : [word === 'kubectl' ? kubectl : word],
      env,
    }
  }

  /** Removes every trace. In a group of its own, so that another Ctrl-C does not reach it. */
  async remove(): Promise<void> {
    const [node = '', main = ''] = this.#tiphys
    const code = await new Promise<number | null>((resolve, reject) => {
      const env = { ...this.#context.env, HOME: this.directory }
      const options = { detached: true, stdio: 'ignore', env } as const
      const child = spawn(node, [main, ...this.#instance('reset')], options)
      child.on('error', reject)
      child.on('exit', resolve)
    })
    if (code !== 0)
      throw new CommandError(`something of the demo is left in ${this.directory}`, [
        `tiphys ${this.#instance('reset').join(' ')}`,
      ])
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function findKubectl({ env }: Context): string {
  for (const directory of (env.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'kubectl')
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this one.
    }
  }
  throw new CommandError('the demo shows kubectl at work, and there is none on the path', [
    'https://kubernetes.io/docs/tasks/tools/ (any recent version)',
  ])
}

/** The cluster's own authority vouches for somebody with a name, who may do everything. */
async function signIn(user: string, settings: Settings, clock: Clock): Promise<void> {
  const { loadAuthority } = await import('../../apiserver/auth/certificates.ts')
  const { pki } = pathsOf(settings)
  const read = (file: string) => readFileSync(join(pki, file), 'utf8')
  const authority = await loadAuthority(
    { certificate: read('ca.crt'), key: read('ca.key') },
    { clock },
  )
  const groups = { organizations: ['system:masters'], client: true }
  const { certificate, key } = await authority.issue({ commonName: user, ...groups })
  const document = parseDocument(readFileSync(settings.kubeconfig, 'utf8'))
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  document.setIn(['users', 0, 'user', 'client-certificate-data'], base64(certificate))
  document.setIn(['users', 0, 'user', 'client-key-data'], base64(key))
  writeFileSync(settings.kubeconfig, document.toString(), { mode: 0o600 })
}
