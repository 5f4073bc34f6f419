/** Several sources as the files of one directory, in memory. Refuses sources it does not know, by name. */

import type { Pod, Volume } from '../../api/types.ts'
import { type FileContent, writeFiles } from './atomic-directory.ts'
import { fsGroup, memoryDirectory } from './directory.ts'
import { configMapFiles, downwardFiles, secretFiles } from './projection.ts'
import { type VolumeContext, VolumeError, type VolumeType } from './volume.ts'

type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number]

async function filesOf(source: Source, mode: number, context: VolumeContext) {
  const { pod, objects, facts } = context
  if (source.configMap) return configMapFiles(pod, source.configMap, mode, objects)
  if (source.secret) return secretFiles(pod, source.secret, mode, objects)
  if (source.serviceAccountToken) return tokenFile(source.serviceAccountToken, mode, context)
  if (source.downwardAPI) return downwardFiles(pod, source.downwardAPI.items ?? [], mode, facts)
  throw new VolumeError(`projected source ${Object.keys(source)[0] ?? '(empty)'} is not supported`)
}

type TokenSource = NonNullable<Source['serviceAccountToken']>

/** For those alone who run the pod, where it is known who they are. */
async function tokenFile(
  { path, audience, expirationSeconds = 3600 }: TokenSource,
  mode: number,
  context: VolumeContext,
): Promise<[string, FileContent][]> {
  const { pod, tokens } = context
  const token = await tokens.token(pod, { expirationSeconds, ...(audience && { audience }) })
  const uid = fsUser(pod)
  const known = uid !== undefined || fsGroup(context) !== undefined
  const content = { data: Buffer.from(token), mode: known ? 0o600 : mode }
  return [[path, uid === undefined ? content : { ...content, uid }]]
}

/** The user that all containers run as, if they are told to and it is one. */
function fsUser({ spec }: Pod): number | undefined {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
  const users = containers.map(
    ({ securityContext }) => securityContext?.runAsUser ?? spec?.securityContext?.runAsUser,
  )
  return new Set(users).size === 1 ? users[0] : undefined
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
