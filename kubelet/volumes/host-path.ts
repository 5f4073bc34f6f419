/** A file or directory of the node itself. Checked as `type` says; nothing is ever removed. */

import type { Stats } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { VolumeError, type VolumeType } from './volume.ts'

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new VolumeError(`hostPath ${path}: ${(error as Error).message}`)
  }
}

const checks: ReadonlyMap<string, [what: string, holds: (stats: Stats) => boolean]> = new Map([
  ['Directory', ['a directory', (stats: Stats) => stats.isDirectory()]],
  ['DirectoryOrCreate', ['a directory', (stats: Stats) => stats.isDirectory()]],
  ['File', ['a file', (stats: Stats) => stats.isFile()]],
  ['FileOrCreate', ['a file', (stats: Stats) => stats.isFile()]],
  ['Socket', ['a socket file', (stats: Stats) => stats.isSocket()]],
  ['CharDevice', ['a character device', (stats: Stats) => stats.isCharacterDevice()]],
  ['BlockDevice', ['a block device', (stats: Stats) => stats.isBlockDevice()]],
])

async function create(path: string, type: string): Promise<void> {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 })
  if (type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close()
}

export const hostPath: VolumeType = {
  field: 'hostPath',
  async setUp({ volume }) {
    const { path = '', type = '' } = volume.hostPath ?? {}
    if (path.split('/').includes('..'))
      throw new VolumeError(`hostPath ${path} must not contain '..'`)
    if (type === '') return path
    const check = checks.get(type)
    if (!check) throw new VolumeError(`hostPath type ${JSON.stringify(type)} is not supported`)
    if (!(await look(path))) await create(path, type)
    const stats = await look(path)
    if (!stats || !check[1](stats))
      throw new VolumeError(`hostPath type check failed: ${path} is not ${check[0]}`)
    return path
  },
}
