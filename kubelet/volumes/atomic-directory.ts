/**
 * A directory of files that changes all at once: a reader sees the old content or the new, never a mixture. Files lie
 * in a directory with a name of its own, to which the link `..data` points; changing the link changes everything.
 * The layout is kubelet's, because programs watch for it.
 */

import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { VolumeError } from './volume.ts'

export interface FileContent {
  data: Buffer
  mode: number
  /** Who owns it; root unless told. */
  uid?: number
}

/** By path relative to the directory. */
export type Files = ReadonlyMap<string, FileContent>

/** Relative, without `..`, and not one of the names the layout itself uses. */
export function checkPath(path: string): void {
  const parts = path.split('/')
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]?.startsWith('..'))
    throw new VolumeError(
      `invalid path ${JSON.stringify(path)}: must be relative and not contain '..'`,
    )
}

/** Makes `directory` (which must exist) hold exactly `files`. @param gid owns them when given: the pod's fsGroup */
export async function writeFiles(directory: string, files: Files, gid?: number): Promise<void> {
  for (const path of files.keys()) checkPath(path)
  const data = join(directory, '..data')
  const old = await linkTarget(data)
  if (old !== undefined && (await sameFiles(join(directory, old), files))) return
  const fresh = await mkdtemp(join(directory, '..version-'))
  await chmod(fresh, 0o755)
  for (const [path, { data: content, mode, uid }] of files) {
    const file = join(fresh, path)
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    await writeFile(file, content)
    // The umask has no say in it.
    await chmod(file, gid === undefined ? mode : mode | 0o440)
    if (gid !== undefined || uid !== undefined) await chown(file, uid ?? 0, gid ?? 0)
  }
  const next = join(directory, '..data_tmp')
  await rm(next, { force: true })
  await symlink(fresh.slice(directory.length + 1), next)
  await rename(next, data)
  await linkNames(directory, files)
  if (old !== undefined) await rm(join(directory, old), { recursive: true, force: true })
}

/** What users see: a link a top-level name, into `..data`. */
async function linkNames(directory: string, files: Files): Promise<void> {
  const wanted = new Set([...files.keys()].map((path) => path.split('/')[0] as string))
  for (const name of await readdir(directory))
    if (!name.startsWith('..') && !wanted.has(name)) await unlink(join(directory, name))
  for (const name of wanted)
    if ((await linkTarget(join(directory, name))) === undefined)
      await symlink(join('..data', name), join(directory, name))
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function sameFiles(directory: string, files: Files): Promise<boolean> {
  const present = await paths(directory)
  if (present.length !== files.size) return false
  for (const path of present) {
    const wanted = files.get(path)
    if (!wanted || !(await readFile(join(directory, path))).equals(wanted.data)) return false
    if (((await lstat(join(directory, path))).mode & 0o777 & wanted.mode) !== wanted.mode)
      return false
  }
  return true
}

async function paths(directory: string, prefix = ''): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(join(directory, prefix), { withFileTypes: true })) {
    const path = join(prefix, entry.name)
    if (entry.isDirectory()) found.push(...(await paths(directory, path)))
    else found.push(path)
  }
  return found
}
