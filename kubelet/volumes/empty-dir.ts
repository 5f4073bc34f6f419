/** A scratch directory that lives as long as the pod, on disk or in memory. */

import { chmod, chown } from 'node:fs/promises'
import { units } from '../../api/quantity.ts'
import { diskDirectory, fsGroup, memoryDirectory } from './directory.ts'
import { VolumeError, type VolumeType } from './volume.ts'

export const emptyDir: VolumeType = {
  field: 'emptyDir',
  async setUp(context) {
    const { medium = '', sizeLimit } = context.volume.emptyDir ?? {}
    switch (medium) {
      case '':
        await diskDirectory(context)
        break
      case 'Memory':
        await memoryDirectory(context, units(sizeLimit) || undefined)
        break
      default:
        throw new VolumeError(`emptyDir medium ${JSON.stringify(medium)} is not supported`)
    }
    const gid = fsGroup(context)
    if (gid !== undefined) await chown(context.directory, 0, gid)
    await chmod(context.directory, gid === undefined ? 0o777 : 0o2777)
    return context.directory
  },
}
