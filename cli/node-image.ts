/**
 * `tiphys image node`: a base image for controllers, made of the Node that runs this and the libraries that it is linked
 * with, so that no registry is asked. Nothing else is in it: no shell, no package manager.
 */

import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runOrThrow } from './command.ts'
import { CommandError } from './context.ts'

/** The user that the image knows besides root; without a home and without a shell. */
const user = { name: 'nonroot', id: 65_532 }

const dockerfile = `FROM scratch
COPY root /
ENV PATH=/usr/local/bin NODE_ENV=production
USER ${user.id}:${user.id}
ENTRYPOINT ["node"]
`

/** `docker.io/tiphys/node:26` for Node 26.10.0. */
export const nodeImageName = (version: string): string =>
  `docker.io/tiphys/node:${version.replace(/^v/, '').split('.')[0]}`

/** Calls `build` with a directory that holds the Dockerfile, and removes that afterwards. */
export async function withNodeContext<T>(
  node: string,
  build: (context: string) => Promise<T>,
): Promise<T> {
  const context = mkdtempSync(join(tmpdir(), 'tiphys-node-'))
  try {
    writeFileSync(join(context, 'Dockerfile'), dockerfile)
    const root = join(context, 'root')
    put(realpathSync(node), join(root, 'usr/local/bin/node'))
    for (const library of await librariesOf(node)) put(realpathSync(library), join(root, library))
    mkdirSync(join(root, 'etc'))
    writeFileSync(
      join(root, 'etc/passwd'),
      `root:x:0:0::/:\n${user.name}:x:${user.id}:${user.id}::/:\n`,
    )
    writeFileSync(join(root, 'etc/group'), `root:x:0:\n${user.name}:x:${user.id}:\n`)
    mkdirSync(join(root, 'tmp'), { mode: 0o1777 })
    return await build(context)
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
}

function put(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(source, target)
}

/** The paths at which the loader looks for them, itself among them. */
async function librariesOf(program: string): Promise<string[]> {
  const text = await runOrThrow('ldd', [program])
  const paths = [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path)
  if (paths.length === 0) throw new CommandError(`ldd knows no libraries of ${program}`)
  return paths
}
