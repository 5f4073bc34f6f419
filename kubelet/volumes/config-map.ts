/** The keys of a ConfigMap as files. */

import { writeFiles } from './atomic-directory.ts'
import { diskDirectory, fsGroup } from './directory.ts'
import { configMapFiles } from './projection.ts'
import type { VolumeType } from './volume.ts'

export const configMap: VolumeType = {
  field: 'configMap',
  async setUp(context) {
    const { pod, volume, objects, directory } = context
    const source = volume.configMap ?? {}
    const files = await configMapFiles(pod, source, source.defaultMode ?? 0o644, objects)
    await diskDirectory(context)
    await writeFiles(directory, new Map(files), fsGroup(context))
    return directory
  },
}
