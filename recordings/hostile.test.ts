import assert from 'node:assert/strict'
import fc from 'fast-check'
import { historyOf } from '../rollouts/history.ts'
import { progressOf } from '../rollouts/progress.ts'
import { courseOf } from './course.ts'
import { kinshipOf } from './kinship.ts'
import { lineText, parseLine, RecordingError } from './line.ts'
import { marksOf } from './marks.ts'
import type { Line } from './recording.ts'
import { Redaction } from './redaction.ts'
import { laneAt } from './slots.ts'
import { goldenLines, timelineOf } from './testing/goldens.ts'

const runs = 100

const web = { namespace: 'default', name: 'web' }

/** All that is ever asked of a recording. */
function lookAtAll(lines: readonly Line[]): void {
  const timeline = timelineOf(lines)
  marksOf(timeline, web)
  courseOf(timeline, web)
  for (const { uid } of kinshipOf(timeline, web).branches)
    laneAt(timeline, uid, { revision: 1e9, at: '' })
  const snapshot = timeline.at(1e9)?.snapshotOf(web)
  if (!snapshot) return
  progressOf(snapshot)
  historyOf(snapshot)
  const { deployment, replicaSets, pods } = snapshot
  for (const object of [deployment, ...replicaSets, ...pods])
    new Redaction({ env: true }).object(object as never)
}

/** All places in a value, deep down. */
function placesIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]]
  const inside = Object.entries(value).flatMap(([key, field]) => placesIn(field, [...path, key]))
  return [[...path], ...inside]
}

function replaced(line: Line, path: readonly string[], value: unknown): Line {
  const copy = structuredClone(line) as unknown as Record<string, unknown>
  let place = copy
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>
  const last = path.at(-1) as string
  if (value === undefined) delete place[last]
  else place[last] = value
  return copy as unknown as Line
}

/** A recorded rollout as it was last, each object written once more. */
async function lastOf(name: string): Promise<Line[]> {
  const timeline = timelineOf(await goldenLines(name))
  const view = timeline.at(1e9)!
  const objects = ['Deployment', 'ReplicaSet', 'Pod', 'Event'].flatMap((kind) => view.list(kind))
  const { revision, at } = view.moment
  const again = objects.map((object, index): Line => {
    const resourceVersion = String(revision + 1 + index)
    const metadata = { ...object.metadata, resourceVersion }
    return { type: 'PUT', revision: revision + 1 + index, at, object: { ...object, metadata } }
  })
  return [timeline.header!, { type: 'KEYFRAME', revision, at, objects }, ...again]
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, '', 'x', 0, -1, 1e300, true, [], {}, [null], [[]]),
  fc.constantFrom<unknown>(['x'], [{}], { x: 1 }, { x: null }, 'x'.repeat(1000), '__proto__'),
  fc.jsonValue({ maxDepth: 2 }),
)

describe('a recording that somebody has tampered with', () => {
  for (const name of ['crash-loop', 'quota', 'surge-deadlock'])
    it(`is refused in a sentence, or looked at like any other: ${name}`, async () => {
      const lines = await lastOf(name)
      const places = lines.map((line) =>
        placesIn(line).filter((path) => path.length > 0 && !path.includes('managedFields')),
      )
      const counts = { refused: 0, taken: 0 }
      fc.assert(
        fc.property(fc.nat(), fc.nat(), odd, (which, where, value) => {
          const index = which % lines.length
          const paths = places[index] as string[][]
          const tampered = replaced(lines[index] as Line, paths[where % paths.length]!, value)
          let read: Line
          try {
            read = parseLine(lineText(tampered), index + 1)
          } catch (error) {
            assert.ok(error instanceof RecordingError, String(error))
            counts.refused++
            return
          }
          counts.taken++
          lookAtAll(lines.with(index, read))
        }),
        { numRuns: runs },
      )
      assert.ok(counts.refused > 20 && counts.taken > 20, JSON.stringify(counts))
    })
})
