/**
 * Builds what other people import: the framework, and the World that tests it, as JavaScript with declarations in
 * `dist/`. It takes the product's own files and nothing else; a package that does not load where it says it does, or
 * whose types are not found, is an error here and not at its users'.
 */

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { rewriteDeclarations } from './declarations.ts'
import { entries, type Manifest, manifestFor } from './manifest.ts'
import { type Archive, packed } from './packed.ts'
import { prune } from './reach.ts'

export interface Built {
  directory: string
  manifest: Manifest
  /** What npm would publish. */
  archive: Archive
}

const root = dirname(import.meta.dirname)

/**
 * Made and checked.
 * @param directory emptied first
 * @throws Error that says which check the package does not pass
 */
export async function buildPackage(directory: string): Promise<Built> {
  const built = await packPackage(directory)
  const { checkPackage } = await import('./check.ts')
  await checkPackage(directory, built.archive)
  return built
}

/** Made, from what is known to pass the checks. @param directory emptied first */
export async function packPackage(directory: string): Promise<Built> {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  compile(directory)
  rewriteDeclarations(directory, join(root, 'node_modules/@kubernetes/client-node'))
  prune(directory, Object.values(entries))
  copyData(directory)
  const manifest = manifestFor(
    directory,
    JSON.parse(await readFile(join(root, 'package.json'), 'utf8')),
  )
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  for (const name of ['README.md', 'NOTICE'])
    copyFileSync(join(import.meta.dirname, name), join(directory, name))
  return { directory, manifest, archive: await packed(directory) }
}

function compile(directory: string): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const project = join(import.meta.dirname, 'tsconfig.json')
  const { status, stdout } = spawnSync(
    process.execPath,
    [compiler, '-p', project, '--outDir', directory],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the package does not compile:\n${stdout}`)
}

/** Facts and protocols that stand beside the modules that read them; not what only tests read. */
function copyData(directory: string): void {
  const data = globSync('{api,apiserver,controllers,kubelet,ports,world}/**/*.{json,proto}', {
    cwd: root,
  })
  for (const file of data.filter((name) => !name.includes('/fixtures/'))) {
    const target = join(directory, file)
    const isRead = existsSync(dirname(target)) || existsSync(dirname(dirname(target)))
    if (!isRead) continue
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(join(root, file), target)
  }
}
