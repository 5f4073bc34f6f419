import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Recorder, since } from './recorder.ts'
import type { Line } from './recording.ts'
import { timelineOf } from './testing/goldens.ts'
import {
  keyframeOf,
  markOf,
  names,
  podAt,
  type Story,
  seen,
  sorted,
  stories,
} from './testing/stories.ts'
import type { Timeline } from './timeline.ts'

/** Of every revision from the edge to the head. */
function assertTrue(timeline: Timeline, { head, truth }: Story, from = 10): void {
  for (let revision = from; revision <= head; revision++)
    assert.deepEqual(sorted(seen(timeline, revision)), sorted(truth(revision)), `at ${revision}`)
}

const shuffles = (lines: readonly Line[]) =>
  fc.shuffledSubarray([...lines], { minLength: lines.length, maxLength: lines.length })

describe('a timeline, whatever happens', () => {
  it('shows what was there at every revision', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const timeline = timelineOf(story.lines)
        assert.equal(timeline.edge?.revision, 10)
        assert.equal(timeline.head?.revision, story.head)
        assert.equal(timeline.at(9), undefined)
        assertTrue(timeline, story)
      }),
    )
  })

  it('is the same from lines that come out of order', () => {
    const shuffled = stories.chain((story) => fc.tuple(fc.constant(story), shuffles(story.lines)))
    fc.assert(fc.property(shuffled, ([story, lines]) => assertTrue(timelineOf(lines), story)))
  })

  it('is the same from the same lines in another order, however many are missing', () => {
    const some = stories.chain((story) =>
      fc
        .shuffledSubarray(story.lines.slice(2))
        .map((rest) => [story, [...story.lines.slice(0, 2), ...rest]] as const),
    )
    fc.assert(
      fc.property(some, ([story, lines]) => {
        const other = timelineOf(lines)
        const ordered = timelineOf(story.lines.filter((line) => lines.includes(line)))
        for (let revision = 10; revision <= story.head; revision++)
          assert.deepEqual(sorted(seen(other, revision)), sorted(seen(ordered, revision)))
      }),
      { numRuns: 300 },
    )
  })

  it('is the same, and as large, from lines that come again', () => {
    const doubled = stories.chain((story) =>
      fc.tuple(
        fc.constant(story),
        fc.array(fc.nat(story.lines.length - 1), { maxLength: 40, size: 'max' }),
      ),
    )
    fc.assert(
      fc.property(doubled, ([story, again]) => {
        const once = timelineOf(story.lines)
        const twice = timelineOf(story.lines)
        for (const index of again) twice.add(story.lines[index] as Line)
        assertTrue(twice, story)
        assert.equal(twice.bytes, once.bytes)
      }),
    )
  })

  it('is right again from the next keyframe on when lines were missed', () => {
    const holed = stories.chain((story) =>
      fc.tuple(
        fc.constant(story),
        fc.array(fc.nat(story.lines.length - 1), { maxLength: 20, size: 'max' }),
      ),
    )
    fc.assert(
      fc.property(holed, ([story, missing]) => {
        const missed = new Set(
          missing.filter((index) => story.lines[index]?.type !== 'KEYFRAME').map(Number),
        )
        const timeline = timelineOf(story.lines.filter((_, index) => !missed.has(index)))
        let sound = true
        let at = 10
        story.lines.forEach((line, index) => {
          if (line.type === 'HEADER' || line.type === 'LOG') return
          if (line.type === 'KEYFRAME') sound = true
          else if (missed.has(index)) sound = false
          at = line.revision
          const last = story.lines[index + 1]
          const complete =
            !last || last.type === 'HEADER' || last.type === 'LOG' || last.revision > at
          if (sound && complete && at <= (timeline.head?.revision ?? 0))
            assert.deepEqual(sorted(seen(timeline, at)), sorted(story.truth(at)), `at ${at}`)
        })
      }),
    )
  })

  it('changes nothing of what it keeps when it forgets the rest', () => {
    const limits = fc.oneof(
      fc.record({ bytes: fc.integer({ min: 500, max: 8_000 }) }),
      fc.record({ age: fc.integer({ min: 1_000, max: 30_000 }) }),
    )
    fc.assert(
      fc.property(stories, limits, fc.boolean(), (story, limit, late) => {
        const lines = late ? displaced(story.lines) : story.lines
        const timeline = timelineOf(lines, limit)
        assertTrue(timeline, story, timeline.edge?.revision)
        const { edge, bytes } = timeline
        for (const line of lines) timeline.add(line)
        assertTrue(timeline, story, edge?.revision)
        assert.deepEqual([timeline.edge, timeline.bytes], [edge, bytes])
      }),
      { numRuns: 300 },
    )
  })

  it('keeps nothing of what is gone, told or not, once that is forgotten', () => {
    const holed = stories.chain((story) =>
      fc.tuple(fc.constant(story), fc.shuffledSubarray(story.lines.slice(2))),
    )
    fc.assert(
      fc.property(holed, ([story, lines]) => {
        const timeline = timelineOf([...story.lines.slice(0, 2), ...lines], { age: 60_000 })
        const there = [...story.truth(story.head)]
        const revision = story.head + 1
        const objects = there.map(([name, of]) => podAt(name, of))
        timeline.add(keyframeOf(revision, ...objects))
        timeline.add(markOf(revision + 1, revision + 3_600))
        const kept = [...timeline.histories('Pod')].map(({ place }) => place.name)
        assert.deepEqual(kept, there.map(([name]) => name).sort())
        assert.deepEqual(sorted(seen(timeline, revision)), sorted(story.truth(story.head)))
      }),
      { numRuns: 300 },
    )
  })

  it('is the same from the nearest keyframe as from the beginning', () => {
    fc.assert(
      fc.property(stories, fc.integer({ min: 1, max: 7 }), (story, every) => {
        const recorder = new Recorder({ every })
        const most = Math.max(every, names.length)
        const plain = story.lines.filter(({ type }, index) => type !== 'KEYFRAME' || index === 1)
        const recorded = plain.flatMap((line) => recorder.lines(line))
        assertTrue(timelineOf(recorded), story)
        for (let revision = 10; revision <= story.head; revision++) {
          const part = timelineOf(since(recorded, revision))
          assert.ok(changes(since(recorded, revision), revision) <= most, `${revision}`)
          assert.deepEqual(sorted(seen(part, revision)), sorted(story.truth(revision)))
        }
      }),
    )
  })
})

/** What comes between two keyframes comes a few places too early or too late, as changes of different resources do. */
function displaced(lines: readonly Line[]): Line[] {
  const isChange = (line: Line | undefined) => line?.type === 'PUT' || line?.type === 'DELETE'
  const moved: Line[] = []
  for (let at = 0; at < lines.length; ) {
    let to = at + 1
    while (isChange(lines[at]) && to - at < 5 && isChange(lines[to])) to++
    moved.push(...lines.slice(at, to).reverse())
    at = to
  }
  return moved
}

const changes = (lines: readonly Line[], until: number): number =>
  lines.filter((line) => (line.type === 'PUT' || line.type === 'DELETE') && line.revision <= until)
    .length
