/** What may happen to a handful of objects, as fast-check draws it: the lines of it, and what was truly there when. */

import fc from 'fast-check'
import type { KubernetesObject } from '../../api/object.ts'
import { revisionIn } from '../place.ts'
import type { Deletion, Header, Keyframe, Line, Mark, Put } from '../recording.ts'
import { recordingFormat } from '../recording.ts'
import type { Timeline } from '../timeline.ts'

export const header: Header = {
  type: 'HEADER',
  format: recordingFormat,
  server: 'v1.36.0',
  namespace: 'default',
  resources: ['pods'],
  edge: { revision: 0, at: '' },
}

const start = Date.UTC(2026, 0, 1)
export const timeAt = (revision: number): string => new Date(start + revision * 1000).toISOString()

export const podAt = (name: string, revision: number, more: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(revision) },
  spec: { containers: [{ name: 'main', image: 'web:1' }] },
  status: { message: `as of ${revision}` },
  ...more,
})

/** Lines at the time of their revision; those of one object are of its own. */
export const putOf = (object: KubernetesObject): Put => {
  const revision = revisionIn(object)
  return { type: 'PUT', revision, at: timeAt(revision), object }
}
export const deletionOf = (object: KubernetesObject): Deletion => ({
  ...putOf(object),
  type: 'DELETE',
})
export const keyframeOf = (revision: number, ...objects: KubernetesObject[]): Keyframe => ({
  type: 'KEYFRAME',
  revision,
  at: timeAt(revision),
  objects,
})
/** @param second of the time, where that is another */
export const markOf = (revision: number, second = revision): Mark => ({
  type: 'MARK',
  revision,
  at: timeAt(second),
})

export interface Story {
  /** In order, beginning with a header and a keyframe at revision 10. */
  lines: Line[]
  head: number
  /** What was there, by name: the revision of each. */
  truth(revision: number): Map<string, number>
}

export const names = ['a', 'b', 'c', 'd']
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('put' as const), name: fc.constantFrom(...names) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('delete' as const), name: fc.constantFrom(...names) }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'keyframe' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'other' as const }) },
)

type Step = { type: 'put' | 'delete'; name: string } | { type: 'keyframe' | 'other' }

export const stories: fc.Arbitrary<Story> = fc
  .tuple(fc.subarray(names), fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }))
  .map(([there, steps]) => tell(there, steps))

function tell(there: readonly string[], steps: readonly Step[]): Story {
  let revision = 10
  const now = new Map(there.map((name, at) => [name, at + 1]))
  const truths = new Map([[revision, new Map(now)]])
  const objects = () => [...now].map(([name, of]) => podAt(name, of))
  const lines: Line[] = [header, keyframeOf(revision, ...objects())]
  for (const each of steps) {
    if (each.type === 'keyframe') lines.push(keyframeOf(revision, ...objects()))
    if (each.type === 'keyframe' || (each.type === 'delete' && !now.has(each.name))) continue
    revision++
    if (each.type === 'put') {
      now.set(each.name, revision)
      lines.push(putOf(podAt(each.name, revision)))
    } else if (each.type === 'delete') {
      const object = podAt(each.name, now.get(each.name) as number)
      now.delete(each.name)
      lines.push({ ...deletionOf(object), revision, at: timeAt(revision) })
    } else lines.push(markOf(revision))
    truths.set(revision, new Map(now))
  }
  return { lines, head: revision, truth: (at) => truths.get(at) as Map<string, number> }
}

/** What a timeline says was there, as `truth` tells it. */
export function seen(timeline: Timeline, revision: number): Map<string, number> | undefined {
  const pods = timeline.at(revision)?.list('Pod')
  return (
    pods &&
    new Map(
      pods.map(({ metadata: { name = '', resourceVersion } }) => [name, Number(resourceVersion)]),
    )
  )
}

export const sorted = (map: Map<string, number> | undefined) => map && [...map].sort()
