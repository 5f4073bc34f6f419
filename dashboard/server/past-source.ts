/** Tiphys as a source: its own past, from the edge of what it keeps, and then all that happens. */

import type { Past } from '../../cli/rollout/past.ts'
import { type Cluster, Deployment } from '../../controllers/framework/index.ts'
import { readLines } from '../../recordings/reader.ts'
import type { Line } from '../../recordings/recording.ts'
import type { Source } from './source.ts'

export interface PastOptions {
  past: Pick<Past, 'recording'>
  /** Tells how far the store has come by now. */
  cluster: Pick<Cluster, 'list'>
}

export const pastSource = ({ past, cluster }: PastOptions): Source => ({
  async *lines(namespace, { after, signal }): AsyncGenerator<Line, void, undefined> {
    const from = after === undefined ? {} : { from: after, keyframe: false as const }
    const { resourceVersion } = await cluster.list(Deployment, { namespace, limit: 1 })
    const now = Number(resourceVersion)
    const stream = await past.recording({ namespace, follow: true, ...from }, signal)
    if (!stream) throw new Error('the server tells nothing of the past any more')
    // On the way there it says now and then how far it is.
    for await (const line of readLines(stream))
      if (line.type !== 'MARK' || line.revision >= now) yield line
  },
})
