/** Tiphys as a source: its own past, from the edge of what it keeps, and then all that happens. */

import type { Past } from '../../cli/rollout/past.ts'
import { readLines } from '../../recordings/reader.ts'
import type { Line } from '../../recordings/recording.ts'
import type { Source } from './source.ts'

export const pastSource = (past: Pick<Past, 'recording'>): Source => ({
  async *lines(namespace, { after, signal }): AsyncGenerator<Line, void, undefined> {
    const from = after === undefined ? {} : { from: after, keyframe: false as const }
    const stream = await past.recording({ namespace, follow: true, ...from }, signal)
    if (!stream) throw new Error('the server tells nothing of the past any more')
    yield* readLines(stream)
  },
})
