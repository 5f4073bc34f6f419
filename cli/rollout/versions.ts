/** All versions of a Deployment that the server keeps, with who wrote them; none where it keeps no history. */

import type { Deployment } from '../../api/types.ts'
import { ApiError } from '../../controllers/framework/index.ts'
import { readLines } from '../../recordings/reader.ts'
import type { DeploymentVersion } from '../../rollouts/episodes.ts'
import type { Look } from './look.ts'

const resources = ['deployments.apps']

/** Up to the moment that is looked at. */
export async function versionsOf(
  { past, namespace, until }: Pick<Look, 'past' | 'namespace' | 'until'>,
  { metadata: { name } }: Deployment,
): Promise<DeploymentVersion[]> {
  const versions: DeploymentVersion[] = []
  const add = (object: Deployment, version: Omit<DeploymentVersion, 'object'>) => {
    if (object.metadata.name === name) versions.push({ object, ...version })
  }
  try {
    const stretch = until === undefined ? {} : { until }
    const stream = await past.recording({ namespace, resources, ...stretch })
    if (!stream) return []
    for await (const line of readLines(stream)) {
      if (line.type === 'KEYFRAME')
        for (const object of line.objects) add(object as unknown as Deployment, { at: line.at })
      else if (line.type === 'PUT') {
        const { at, by } = line
        add(line.object as unknown as Deployment, { at, ...(by && { by }) })
      }
    }
    return versions
  } catch (error) {
    // Who may not see recordings is told what the objects tell.
    if (error instanceof ApiError && error.code === 403) return []
    throw error
  }
}
