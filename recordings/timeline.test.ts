import assert from 'node:assert/strict'
import type { KubernetesObject } from '../api/object.ts'
import { courseOf } from './course.ts'
import { LogBook } from './log-book.ts'
import { marksOf } from './marks.ts'
import type { Line, Log } from './recording.ts'
import { goldenLines, timelineOf } from './testing/goldens.ts'
import {
  deletionOf,
  header,
  keyframeOf as keyframe,
  markOf as mark,
  podAt,
  putOf,
  timeAt,
} from './testing/stories.ts'
import { Timeline } from './timeline.ts'

const put = (name: string, revision: number, more: object = {}): Line =>
  putOf(podAt(name, revision, more))
const deletion = (name: string, revision: number, more: object = {}): Line =>
  deletionOf(podAt(name, revision, more))

const unknown = (line: Line): Line => ({ ...line, at: '' }) as Line

const names = (timeline: Timeline, revision: number) =>
  timeline
    .at(revision)
    ?.list('Pod')
    .map(({ metadata }) => metadata.name)

describe('a timeline', () => {
  it('has nothing to show before the first keyframe', () => {
    const timeline = timelineOf([header, put('a', 5)])
    assert.equal(timeline.edge, undefined)
    assert.equal(timeline.at(5), undefined)
    timeline.add(keyframe(6, podAt('a', 5)))
    assert.deepEqual(timeline.edge, { revision: 6, at: timeAt(6) })
    assert.deepEqual(names(timeline, 6), ['a'])
    assert.equal(timeline.at(5), undefined)
  })

  it('finds moments by time and times by moment', () => {
    const timeline = timelineOf([header, keyframe(10), put('a', 12), put('a', 15), mark(15, 30)])
    assert.equal(timeline.timeOf(12), timeAt(12))
    assert.equal(timeline.timeOf(14), timeAt(12))
    assert.deepEqual(timeline.momentOf(timeAt(14)), { revision: 12, at: timeAt(12) })
    assert.deepEqual(timeline.momentOf(Date.parse(timeAt(99))), { revision: 15, at: timeAt(15) })
    assert.equal(timeline.momentOf(timeAt(9)), undefined)
    assert.equal(timeline.momentOf('yesterday'), undefined)
    assert.deepEqual(timeline.head, { revision: 15, at: timeAt(30) })
    assert.equal(timeline.at(15)?.now, Date.parse(timeAt(30)))
    assert.equal(timeline.at(12)?.now, Date.parse(timeAt(12)))
    assert.equal(timeline.at(12, 7)?.now, 7)
    assert.deepEqual(timeline.at(99)?.moment, timeline.head)
  })

  it('goes from one moment to the next', () => {
    const timeline = timelineOf([header, keyframe(10), put('a', 12), put('a', 15)])
    assert.equal(timeline.step(12, 1)?.revision, 15)
    assert.equal(timeline.step(13, 1)?.revision, 15)
    assert.equal(timeline.step(15, 1), undefined)
    assert.equal(timeline.step(15, -1)?.revision, 12)
    assert.equal(timeline.step(14, -1)?.revision, 12)
    assert.equal(timeline.step(10, -1), undefined)
  })

  it('does not go back in time where a clock did', () => {
    const late = { ...put('a', 12), at: timeAt(40) }
    const timeline = timelineOf([header, keyframe(10), late, put('a', 15)])
    assert.equal(timeline.momentOf(timeAt(20))?.revision, 10)
    assert.equal(timeline.momentOf(timeAt(40))?.revision, 15)
    assert.equal(timeline.head?.at, timeAt(40))
  })

  it('knows revisions whose time nobody knows', () => {
    const timeline = timelineOf([header, unknown(keyframe(10)), unknown(put('a', 11))])
    assert.deepEqual(timeline.edge, { revision: 10, at: '' })
    assert.deepEqual(names(timeline, 11), ['a'])
    timeline.add(mark(12))
    assert.deepEqual(timeline.head, { revision: 12, at: timeAt(12) })
  })

  it('keeps who wrote a version, also when that is told later', () => {
    const by = { at: timeAt(12), verb: 'update', user: 'alice', requestId: 'r' } as const
    const timeline = timelineOf([header, keyframe(13, podAt('a', 12))])
    timeline.add(keyframe(10))
    timeline.add({ ...put('a', 12), by } as Line)
    const name = { namespace: 'default', name: 'a' }
    assert.equal(timeline.at(13)?.version('Pod', name)?.by?.user, 'alice')
    timeline.add(deletion('a', 14))
    assert.equal(timeline.at(14)?.find('Pod', name), undefined)
    assert.equal(timeline.at(14)?.version('Pod', name)?.gone, true)
  })

  it('says where a stream began anew and something is missing', () => {
    const timeline = timelineOf([header, keyframe(10, podAt('a', 3)), put('b', 12)])
    timeline.add(header)
    timeline.add(keyframe(20, podAt('b', 15)))
    assert.deepEqual(timeline.gaps, [{ from: 12, to: 20 }])
    assert.deepEqual(names(timeline, 19), ['a', 'b'])
    assert.deepEqual(names(timeline, 20), ['b'])
    timeline.add(header)
    timeline.add(keyframe(20, podAt('b', 15)))
    assert.equal(timeline.gaps.length, 1)
  })

  it('learns from keyframes that come late, one between the others, what was gone when', () => {
    const timeline = new Timeline({ age: 15_000 })
    const others = [put('b', 11), put('c', 11), deletion('b', 12), deletion('c', 12)]
    const lines = [header, keyframe(10, podAt('a', 9)), ...others]
    for (const line of [...lines, put('a', 24), keyframe(30, podAt('a', 24))]) timeline.add(line)
    assert.equal(timeline.edge?.revision, 12)
    for (const line of [keyframe(20), keyframe(25, podAt('a', 24)), keyframe(22)])
      timeline.add(line)
    assert.deepEqual(
      [19, 20, 21, 22, 24, 25, 30].map((revision) => names(timeline, revision)?.join()),
      ['a', '', '', '', 'a', 'a', 'a'],
    )
  })

  it('keeps kinds of other groups apart', () => {
    const job = podAt('a', 11, { apiVersion: 'batch/v1', kind: 'Job' })
    const timeline = timelineOf([header, keyframe(10, podAt('a', 9))])
    timeline.add({ type: 'PUT', revision: 11, at: timeAt(11), object: job })
    const name = { namespace: 'default', name: 'a' }
    assert.equal(timeline.at(11)?.find('Job.batch', name)?.kind, 'Job')
    assert.equal(timeline.at(11)?.find('Pod', name)?.kind, 'Pod')
    assert.deepEqual(timeline.at(11)?.list('Pod', 'elsewhere'), [])
  })

  it('shows of a log what was written by then', () => {
    const log = (second: number, restarts: number): Line => ({
      type: 'LOG',
      at: timeAt(second),
      pod: { name: 'a', uid: 'uid-a' },
      container: 'main',
      restarts,
      lines: [`run ${restarts}`],
    })
    const timeline = timelineOf([header, keyframe(10, podAt('a', 3)), log(14, 1), log(12, 0)])
    timeline.add(log(12, 0))
    for (const revision of [11, 12, 13, 14, 15]) timeline.add(mark(revision))
    const tails = (revision: number) =>
      timeline
        .at(revision)
        ?.logs(podAt('a', 3))
        .flatMap(({ lines }) => lines)
    assert.deepEqual([11, 12, 13, 14, 15].map(tails), [
      [],
      ['run 0'],
      ['run 0'],
      ['run 1'],
      ['run 1'],
    ])
  })
})

describe('logs of containers that ended', () => {
  const log = (uid: string, restarts: number, text: string): Log => ({
    type: 'LOG',
    at: timeAt(restarts),
    pod: { name: uid, uid },
    container: 'main',
    restarts,
    lines: [text],
  })

  it('are kept up to so many bytes, the latest in any case', () => {
    const book = new LogBook(1_000)
    for (let restarts = 0; restarts < 9; restarts++) book.add(log('a', restarts, 'x'.repeat(200)))
    assert.deepEqual(
      book.of('a').map(({ restarts }) => restarts),
      [7, 8],
    )
    book.add(log('b', 0, 'x'.repeat(5_000)))
    assert.equal(book.of('a').length, 0)
    assert.equal(book.of('b').length, 1)
    book.forget('b')
    book.add(log('a', 0, 'x'))
    assert.equal(book.of('a').length, 1)
  })
})

describe('what a timeline forgets', () => {
  it('is what is older than its age, but not what was there then', () => {
    const timeline = new Timeline({ age: 60_000 })
    for (const line of [header, keyframe(1, podAt('old', 1)), put('a', 2), put('a', 50)])
      timeline.add(line)
    assert.equal(timeline.edge?.revision, 1)
    timeline.add(mark(112))
    assert.equal(timeline.edge?.revision, 50)
    assert.deepEqual(timeline.edge?.at, timeAt(50))
    assert.deepEqual(names(timeline, 50), ['a', 'old'])
    assert.equal(timeline.at(49), undefined)
    assert.equal(timeline.momentOf(timeAt(49)), undefined)
    assert.equal(timeline.step(50, -1), undefined)
  })

  it('is what is older than its age also where nothing happens', () => {
    const timeline = new Timeline({ age: 60_000 })
    timeline.add(header)
    timeline.add(keyframe(1, podAt('a', 1)))
    for (let revision = 2; revision <= 200; revision++) timeline.add(mark(revision))
    assert.equal(timeline.edge?.revision, 140)
    assert.deepEqual(names(timeline, 140), ['a'])
    assert.equal(timeline.at(139), undefined)
  })

  it('is the oldest, when there is too much of it', () => {
    const limit = 200_000
    const timeline = new Timeline({ bytes: limit })
    timeline.add(header)
    timeline.add(keyframe(1))
    let most = 0
    for (let revision = 2; revision < 2000; revision++) {
      timeline.add(put('a', revision, { status: { message: `${revision} `.repeat(100) } }))
      most = Math.max(most, timeline.past)
    }
    assert.ok(most < limit * 1.1, `${most}`)
    assert.ok(timeline.past > limit * 0.8, `${timeline.past}`)
    const edge = timeline.edge?.revision ?? 0
    assert.ok(edge > 1000 && edge < 1980, `${edge}`)
    assert.deepEqual(names(timeline, edge), ['a'])
  })

  it('is all of what is gone, its logs as well, and nothing brings it back', () => {
    const timeline = new Timeline({ age: 60_000 })
    const lines: Line[] = [header, keyframe(1), put('a', 2), deletion('a', 3)]
    for (const line of lines) timeline.add(line)
    const pod = { name: 'a', uid: 'uid-a' }
    timeline.add({ type: 'LOG', at: timeAt(3), pod, container: 'c', restarts: 0, lines: ['x'] })
    const about = { kind: 'Event', involvedObject: { kind: 'Pod', name: 'a', uid: 'uid-a' } }
    timeline.add(put('told', 4, about))
    timeline.add(deletion('told', 5, about))
    assert.equal(timeline.histories('Pod').length, 1)
    assert.equal(timeline.toldOf('uid-a').size, 1)
    timeline.add(mark(100))
    assert.equal(timeline.bytes, 0)
    assert.deepEqual(timeline.histories('Pod'), [])
    assert.equal(timeline.toldOf('uid-a').size, 0)
    assert.deepEqual(timeline.logs.of('uid-a'), [])
    for (const line of lines) timeline.add(line)
    assert.deepEqual(names(timeline, 100), [])
  })

  it('is also what came late, behind something that is to be kept for longer', () => {
    const timeline = new Timeline({ age: 60_000 })
    timeline.add(header)
    timeline.add(keyframe(1))
    for (const name of ['a', 'b', 'c', 'late']) timeline.add(put(name, 2))
    for (const name of ['a', 'b', 'c']) timeline.add(deletion(name, 3))
    timeline.add(put('kept', 40))
    timeline.add(put('kept', 50))
    timeline.add(deletion('late', 4))
    timeline.add(mark(100))
    assert.equal(timeline.edge?.revision, 40)
    assert.deepEqual(
      timeline.histories('Pod').map(({ place }) => place.name),
      ['kept'],
    )
    const fresh = timelineOf([header, keyframe(1), put('kept', 40), put('kept', 50)])
    assert.equal(timeline.bytes, fresh.bytes)
  })

  it('is not counted with what is there now: of a large namespace as much of the past is kept', () => {
    const crowd = Array.from({ length: 300 }, (_, n) => podAt(`pod-${n}`, 1))
    const edgeWith = (...objects: KubernetesObject[]) => {
      const timeline = new Timeline({ bytes: 20_000 })
      for (const line of [header, keyframe(1, ...objects)]) timeline.add(line)
      for (let revision = 2; revision < 400; revision++)
        timeline.add(put('a', revision, { status: { message: `${revision} `.repeat(100) } }))
      return timeline.edge?.revision ?? 0
    }
    assert.ok(edgeWith() > 300)
    assert.equal(edgeWith(...crowd), edgeWith())
  })

  it('is never what is there now, however much that is', () => {
    const timeline = new Timeline({ bytes: 1 })
    timeline.add(header)
    timeline.add(keyframe(1, podAt('a', 1), podAt('b', 1)))
    timeline.add(mark(1000))
    assert.deepEqual(names(timeline, 1000), ['a', 'b'])
  })

  it('changes no mark and no number of what is kept', async () => {
    const lines = await goldenLines('redo')
    const whole = timelineOf(lines)
    const part = new Timeline({ age: 40_000 })
    for (const line of lines) part.add(line)
    const web = { namespace: 'default', name: 'web' }
    const edge = part.edge?.revision ?? 0
    assert.ok(edge > 250, `${edge}`)
    assert.deepEqual(marksOf(part, web), marksOf(whole, web, edge))
    const numbers = (timeline: Timeline) =>
      courseOf(timeline, web).available.filter(({ revision }) => revision > edge)
    assert.deepEqual(numbers(part), numbers(whole))
    for (let revision = edge; revision <= (whole.head?.revision ?? 0); revision++)
      assert.deepEqual(part.at(revision)?.snapshotOf(web), whole.at(revision)?.snapshotOf(web))
  })
})
