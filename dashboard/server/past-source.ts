/** Tiphys as a source: its own past, from the edge of what it keeps, and then all that happens. */

import { type Cluster, Deployment } from '../../controllers/framework/index.ts'
import type { Past, Stretch } from '../../history/past.ts'
import { readLines } from '../../recordings/reader.ts'
import type { Line } from '../../recordings/recording.ts'
import type { Source } from './source.ts'

export interface PastOptions {
  past: Pick<Past, 'recording'>
  /** Tells how far the store has come by now. */
  cluster: Pick<Cluster, 'list'>
}

export function pastSource({
  past,
  cluster,
}: PastOptions): Required<Pick<Source, 'lines' | 'present'>> {
  const nowOf = async (namespace: string) =>
    Number((await cluster.list(Deployment, { namespace, limit: 1 })).resourceVersion)
  const recorded = async (stretch: Stretch, signal: AbortSignal) => {
    const stream = await past.recording({ ...stretch, follow: true }, signal)
    if (!stream) throw new Error('the server tells nothing of the past any more')
    return readLines(stream)
  }
  return {
    async *lines(namespace, { after, signal }): AsyncGenerator<Line, void, undefined> {
      const from = after === undefined ? {} : { from: after, keyframe: false as const }
      const now = await nowOf(namespace)
      // On the way there it says now and then how far it is.
      for await (const line of await recorded({ namespace, ...from }, signal))
        if (line.type !== 'MARK' || line.revision >= now) yield line
    },
    async *present(namespace, signal): AsyncGenerator<Line, void, undefined> {
      yield* await recorded({ namespace, from: await nowOf(namespace) }, signal)
    },
  }
}
