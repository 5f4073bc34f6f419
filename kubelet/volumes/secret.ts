/** The keys of a Secret as files, in memory. */

import { writeFiles } from './atomic-directory.ts'
import { fsGroup, memoryDirectory } from './directory.ts'
import { secretFiles } from './projection.ts'
import type { VolumeType } from './volume.ts'

export const secret: VolumeType = {
  field: 'secret',
  async setUp(context) {
    const { pod, volume, objects, directory } = context
    const { secretName, defaultMode = 0o644, ...source } = volume.secret ?? {}
    const projection = { ...source, name: secretName }
    const files = await secretFiles(pod, projection, defaultMode, objects)
    await memoryDirectory(context)
    await writeFiles(directory, new Map(files), fsGroup(context))
    return directory
  },
}
