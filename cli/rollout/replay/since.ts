/** The end of a recording, from a time on: what was there then becomes its first keyframe. Pure. */

import type { KubernetesObject } from '../../../api/object.ts'
import { placeKey, placeOf } from '../../../recordings/place.ts'
import type { Line, Moment } from '../../../recordings/recording.ts'

/** @param time milliseconds since the epoch */
export async function* sinceTime(
  lines: AsyncIterable<Line> | Iterable<Line>,
  time: number,
): AsyncGenerator<Line, void, undefined> {
  const there = new Map<string, KubernetesObject>()
  let moment: Moment | undefined
  let begun = false
  const keyframe = (): Line[] =>
    moment ? [{ type: 'KEYFRAME', ...moment, objects: [...there.values()] }] : []
  for await (const line of lines) {
    if (begun || line.type === 'HEADER') {
      yield line
      continue
    }
    if (line.type === 'LOG') continue
    // What has no time is taken for old: later lines have one.
    if (Date.parse(line.at) >= time && moment) {
      begun = true
      yield* keyframe()
      yield line
      continue
    }
    moment = { revision: line.revision, at: line.at }
    if (line.type === 'KEYFRAME') {
      there.clear()
      for (const object of line.objects) there.set(placeKey(placeOf(object)), object)
    } else if (line.type === 'PUT') there.set(placeKey(placeOf(line.object)), line.object)
    else if (line.type === 'DELETE') there.delete(placeKey(placeOf(line.object)))
    else if (line.type === 'END') {
      // Nothing has happened since: what is there is all there is to see.
      yield* keyframe()
      yield line
      return
    }
  }
}
