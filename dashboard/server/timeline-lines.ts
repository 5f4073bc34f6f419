/** What a timeline knows as lines of a recording, so that it can be saved where nobody else keeps the past. Pure. */

import type { Header, Keyframe, Line, Log } from '../../recordings/recording.ts'
import type { Timeline } from '../../recordings/timeline.ts'

const kinds = ['Deployment', 'ReplicaSet', 'Pod', 'Event']

/** Nothing at all before the first keyframe has come. */
export function* linesOf(timeline: Timeline): Generator<Line> {
  const { edge, head, header } = timeline
  const start = edge && timeline.at(edge.revision)
  if (!edge || !head || !header || !start) return
  yield { ...header, edge } satisfies Header
  const objects = kinds.flatMap((kind) => start.list(kind))
  yield { type: 'KEYFRAME', ...edge, objects } satisfies Keyframe
  const lines: Exclude<Line, Header | Log>[] = []
  const logs: Log[] = []
  for (const kind of kinds)
    for (const history of timeline.histories(kind)) {
      const versions = history.all()
      for (const { revision, object, gone, by } of versions)
        if (revision > edge.revision)
          lines.push({
            type: gone ? 'DELETE' : 'PUT',
            revision,
            at: timeline.timeOf(revision),
            object,
            ...(by && { by }),
          })
      const { uid } = versions.at(-1)?.object.metadata ?? {}
      if (kind === 'Pod' && uid) logs.push(...timeline.logs.of(uid))
    }
  yield* lines.sort((a, b) => a.revision - b.revision)
  yield* logs
  yield { type: 'END', ...head }
}
