/** For tests: kubectl of some version against a wire server, with a home of its own. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WireServer } from './wire.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig of the server's administrator. */
export const kubeconfigOf = ({ server, authority, admin }: WireServer) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'wire',
  contexts: [{ name: 'wire', context: { cluster: 'wire', user: 'wire' } }],
  clusters: [
    {
      name: 'wire',
      cluster: {
        server: server.url,
        'certificate-authority-data': base64(authority.certificate),
      },
    },
  ],
  users: [
    {
      name: 'wire',
      user: {
        'client-certificate-data': base64(admin.certificate),
        'client-key-data': base64(admin.key),
      },
    },
  ],
})

/** The words of a command line; blanks stand within single quotes. */
export const words = (line: string): string[] =>
  (line.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''))

export interface KubectlHome {
  /** For its files, and where it can be given some. */
  readonly directory: string
  /** What its programs see; more may be added. */
  readonly env: NodeJS.ProcessEnv
  /** All that it printed; its exit code must be 0 unless another is expected. */
  run(program: string, args: readonly string[], input?: string, expected?: number): Promise<string>
  remove(): Promise<void>
}

export async function kubectlHome(wire: WireServer): Promise<KubectlHome> {
  const directory = await mkdtemp(join(tmpdir(), 'wire-'))
  await writeFile(join(directory, 'config'), JSON.stringify(kubeconfigOf(wire)))
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: directory,
    KUBECONFIG: join(directory, 'config'),
    KUBECACHEDIR: join(directory, 'cache'),
  }
  return {
    directory,
    env,
    run: (program, args, input = '', expected = 0) =>
      new Promise((resolve, reject) => {
        const child = execFile(program, args, { env }, (error, stdout, stderr) => {
          const code = error ? Number(error.code) : 0
          const output = stdout + stderr
          if (code === expected) resolve(output)
          else reject(new Error(`${program} ${args.join(' ')} exited with ${code}: ${output}`))
        })
        child.stdin?.end(input)
      }),
    remove: () => rm(directory, { recursive: true }),
  }
}
