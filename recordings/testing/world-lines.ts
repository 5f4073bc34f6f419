/** What was written in a World as the lines of a recording: what a server would tell of its namespace `default`. */

import type { World } from '../../world/index.ts'
import { type Header, type Line, recordingFormat, rolloutResources } from '../recording.ts'

/** @param after what was written up to this position of the log is left out; nothing of the kinds may have been there */
export function worldLines(world: World, after: number): Line[] {
  const entries = world.log.filter(({ position }) => position > after)
  const at = (ms: number) => new Date(ms).toISOString()
  const edge = { revision: after, at: at(entries[0]?.at ?? world.now) }
  const header: Header = {
    type: 'HEADER',
    format: recordingFormat,
    server: 'v1.36.0',
    namespace: 'default',
    resources: [...rolloutResources],
    edge,
  }
  const lines = entries.flatMap(({ type, kind, ref, position, before, after, record, at: ms }) => {
    const resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
    if (ref.namespace !== 'default' || !rolloutResources.includes(resource)) return []
    const moment = { revision: position, at: at(ms), ...(record && { by: record }) }
    const line: Line =
      type === 'deleted'
        ? { type: 'DELETE', ...moment, object: before! }
        : { type: 'PUT', ...moment, object: after! }
    return [line]
  })
  const end = { revision: entries.at(-1)?.position ?? after, at: at(world.now) }
  return [header, { type: 'KEYFRAME', ...edge, objects: [] }, ...lines, { type: 'END', ...end }]
}
