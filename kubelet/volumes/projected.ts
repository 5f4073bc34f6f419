/** Several sources as the files of one directory, in memory. Refuses sources it does not know, by name. */

import type { Volume } from '../../api/types.ts'
import { type FileContent, writeFiles } from './atomic-directory.ts'
import { fsGroup, memoryDirectory } from './directory.ts'
import { configMapFiles, downwardFiles, secretFiles } from './projection.ts'
import { type VolumeContext, VolumeError, type VolumeType } from './volume.ts'

type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number]

async function filesOf(source: Source, mode: number, context: VolumeContext) {
  const { pod, objects, facts } = context
  if (source.configMap) return configMapFiles(pod, source.configMap, mode, objects)
  if (source.secret) return secretFiles(pod, source.secret, mode, objects)
  if (source.downwardAPI) return downwardFiles(pod, source.downwardAPI.items ?? [], mode, facts)
  throw new VolumeError(`projected source ${Object.keys(source)[0] ?? '(empty)'} is not supported`)
}

export const projected: VolumeType = {
  field: 'projected',
  async setUp(context) {
    const { sources = [], defaultMode = 0o644 } = context.volume.projected ?? {}
    const files = new Map<string, FileContent>()
    for (const source of sources)
      for (const [path, content] of await filesOf(source, defaultMode, context))
        files.set(path, content)
    await memoryDirectory(context)
    await writeFiles(context.directory, files, fsGroup(context))
    return context.directory
  },
}
