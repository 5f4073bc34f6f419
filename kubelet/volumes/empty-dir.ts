/**
 * A scratch directory that lives as long as the pod, on disk or in memory. Made once: afterwards its mode and owner are
 * the containers' to change.
 */

import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { units } from '../../api/quantity.ts'
import { fsGroup, memoryDirectory } from './directory.ts'
import { type VolumeContext, VolumeError, type VolumeType } from './volume.ts'

/** Appears complete or not at all. */
async function onDisk({ directory }: VolumeContext, mode: number, gid: number | undefined) {
  if (existsSync(directory)) return
  await mkdir(dirname(directory), { recursive: true, mode: 0o755 })
  const fresh = `${directory}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh)
  if (gid !== undefined) await chown(fresh, 0, gid)
  await chmod(fresh, mode)
  await rename(fresh, directory)
}

export const emptyDir: VolumeType = {
  field: 'emptyDir',
  async setUp(context) {
    const { medium = '', sizeLimit } = context.volume.emptyDir ?? {}
    const gid = fsGroup(context)
    const mode = gid === undefined ? 0o777 : 0o2777
    switch (medium) {
      case '':
        await onDisk(context, mode, gid)
        break
      case 'Memory':
        await memoryDirectory(context, { bytes: units(sizeLimit) || undefined, mode, gid })
        break
      default:
        throw new VolumeError(`emptyDir medium ${JSON.stringify(medium)} is not supported`)
    }
    return context.directory
  },
}
