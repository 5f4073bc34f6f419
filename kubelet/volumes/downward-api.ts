/** Fields of the pod as files. */

import { writeFiles } from './atomic-directory.ts'
import { fsGroup, memoryDirectory } from './directory.ts'
import { downwardFiles } from './projection.ts'
import type { VolumeType } from './volume.ts'

export const downwardAPI: VolumeType = {
  field: 'downwardAPI',
  async setUp(context) {
    const { pod, volume, facts, directory } = context
    const { items = [], defaultMode = 0o644 } = volume.downwardAPI ?? {}
    const files = downwardFiles(pod, items, defaultMode, facts)
    await memoryDirectory(context)
    await writeFiles(directory, new Map(files), fsGroup(context))
    return directory
  },
}
