/**
 * A path inside a volume that a pod may be changing at the same moment, bound so that it cannot lead outside: links are
 * resolved once, the result must lie inside, and then every component is opened without following links, each
 * relative to the one before. What was opened is what gets bound.
 */

import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, realpath, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Mounter } from './mounter.ts'
import { VolumeError } from './volume.ts'

/** Opens a name only: not in Node's constants. */
const O_PATH = 0o10000000

export interface SubPath {
  /** The volume's path on the node. */
  volume: string
  /** As in the pod; relative. */
  subPath: string
  /** Where it is bound; made here. */
  target: string
  mounter: Mounter
  /** This process' id: its open files are named by it. */
  pid: number
}

async function openBeneath(parent: FileHandle, name: string): Promise<FileHandle> {
  const path = `/proc/self/fd/${parent.fd}/${name}`
  const handle = await open(path, O_PATH | constants.O_NOFOLLOW)
  if ((await handle.stat()).isSymbolicLink()) {
    await handle.close()
    throw new VolumeError(`subPath component ${JSON.stringify(name)} became a symbolic link`)
  }
  return handle
}

/** The path with links resolved as far as it exists, and the rest, which is to be made. */
async function resolved(path: string): Promise<{ present: string; missing: string[] }> {
  const missing: string[] = []
  for (let current = path; ; current = dirname(current)) {
    try {
      return { present: await realpath(current), missing }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || current === dirname(current))
        throw error
      missing.unshift(current.slice(dirname(current).length).replace(/^\//, ''))
    }
  }
}

/** The volume's root may itself be a file (hostPath), but not a link that changes under us. */
async function walk(root: string, names: string[], missing: string[]): Promise<FileHandle> {
  let current = await open(root, O_PATH)
  try {
    for (const [index, name] of [...names, ...missing].entries()) {
      if (index >= names.length) await mkdirBeneath(current, name)
      const next = await openBeneath(current, name)
      await current.close()
      current = next
    }
    return current
  } catch (error) {
    await current.close()
    throw error
  }
}

async function mkdirBeneath(parent: FileHandle, name: string): Promise<void> {
  try {
    await mkdir(`/proc/self/fd/${parent.fd}/${name}`, { mode: 0o750 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Resolves to `target` once it shows the sub path. A missing directory is made. */
export async function bindSubPath({
  volume,
  subPath,
  target,
  mounter,
  pid,
}: SubPath): Promise<string> {
  if (subPath.startsWith('/') || subPath.split('/').includes('..'))
    throw new VolumeError(
      `subPath ${JSON.stringify(subPath)} must be relative and not contain '..'`,
    )
  const root = await realpath(volume)
  const { present, missing } = await resolved(join(root, subPath))
  const inside = relative(root, present)
  if (inside === '..' || inside.startsWith('../'))
    throw new VolumeError(`subPath ${JSON.stringify(subPath)} leads outside its volume`)
  const handle = await walk(root, inside.split('/').filter(Boolean), missing)
  try {
    if ((await mounter.below(target)).includes(target)) await mounter.unmount(target)
    const directory = (await handle.stat()).isDirectory()
    await mkdir(directory ? target : dirname(target), { recursive: true, mode: 0o750 })
    if (!directory) await writeFile(target, '', { flag: 'a' })
    await mounter.bind(`/proc/${pid}/fd/${handle.fd}`, target)
    await sameFile(handle, target)
  } finally {
    await handle.close()
  }
  return target
}

/** Proves that what is seen at `target` is what was opened. */
async function sameFile(handle: FileHandle, target: string): Promise<void> {
  const [opened, bound] = await Promise.all([handle.stat(), stat(target)])
  if (opened.ino !== bound.ino || opened.dev !== bound.dev)
    throw new VolumeError(`subPath: ${target} does not show what was opened`)
}
