import assert from 'node:assert/strict'
import type { Pod as PodObject } from '../api/types.ts'
import { ApiError, ConnectionError, Pod, ReplicaSet } from '../controllers/framework/index.ts'
import { MemoryCluster } from '../controllers/framework/memory-cluster.ts'
import { seededRandom } from '../ports/random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { Inbox } from './inbox.ts'
import { observe, rolloutKinds } from './observe.ts'
import type { Line } from './recording.ts'
import { Timeline } from './timeline.ts'

const pod = (name: string, image = 'web:1'): PodObject => ({
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main', image }] },
})

describe('a recording of any Kubernetes', () => {
  let clock: VirtualClock
  let cluster: MemoryCluster
  let lines: Line[]
  let timeline: Timeline
  let troubles: (string | undefined)[]
  let abort: AbortController
  let ended: Promise<unknown>
  let intercept: (request: { verb: string; kind: string }) => void

  beforeEach(() => {
    clock = new VirtualClock()
    intercept = () => {}
    const random = seededRandom(1)
    cluster = new MemoryCluster({ clock, random, intercept: (request) => intercept(request) })
    lines = []
    troubles = []
    timeline = new Timeline()
    abort = new AbortController()
  })
  afterEach(async () => {
    abort.abort()
    await clock.advance(0)
    await ended
  })

  const begin = async (): Promise<unknown> => {
    const { signal } = abort
    const random = seededRandom(2)
    const trouble = (reason: string | undefined) => troubles.push(reason)
    const options = { cluster, namespace: 'default', clock, random, signal, trouble }
    const follow = async () => {
      for await (const line of observe({ ...options, server: 'v1.36.0' })) {
        lines.push(line)
        timeline.add(line)
      }
    }
    let failure: unknown
    ended = follow().catch((error: unknown) => {
      failure = error
    })
    await clock.advance(0)
    return failure
  }
  const types = () => lines.map(({ type }) => type)
  const names = () =>
    timeline
      .at(Number.MAX_SAFE_INTEGER)
      ?.list('Pod')
      .map((each) => each.metadata.name)
  const remove = (name: string) => cluster.remove(Pod, { namespace: 'default', name })

  it('begins with what is there, and tells what happens', async () => {
    await cluster.create(Pod, pod('a'))
    await cluster.create(Pod, { ...pod('elsewhere'), metadata: { name: 'x', namespace: 'other' } })
    await begin()
    assert.deepEqual(types(), ['HEADER', 'KEYFRAME', 'MARK'])
    const [header, keyframe] = lines
    assert.ok(header?.type === 'HEADER' && keyframe?.type === 'KEYFRAME')
    assert.deepEqual(header.resources, ['deployments.apps', 'replicasets.apps', 'pods', 'events'])
    assert.deepEqual(header.edge, { revision: 3, at: '2026-01-01T00:00:00.000Z' })
    assert.deepEqual(
      keyframe.objects.map(({ metadata }) => metadata.name),
      ['a'],
    )
    await clock.advance(1000)
    await cluster.create(Pod, pod('b'))
    await remove('a')
    await clock.advance(0)
    assert.deepEqual(names(), ['b'])
    assert.deepEqual(timeline.head, { revision: 5, at: '2026-01-01T00:00:01.000Z' })
    assert.equal(timeline.at(4)?.list('Pod').length, 2)
  })

  it('reads lists of many pages', async () => {
    for (let at = 0; at < 1001; at++) await cluster.create(Pod, pod(`p${at}`))
    await begin()
    assert.equal(names()?.length, 1001)
    assert.equal(cluster.requests.filter((each) => each === 'list pods').length, 3)
  })

  it('shows what came between one list and the next', async () => {
    let made: Promise<unknown> | undefined
    intercept = ({ verb, kind }) => {
      if (verb === 'list' && kind === 'ReplicaSet') made = cluster.create(Pod, pod('a'))
    }
    await begin()
    await made
    const keyframe = lines[1]
    assert.equal(keyframe?.type === 'KEYFRAME' && keyframe.revision, 1)
    assert.deepEqual(timeline.edge?.revision, 1)
    assert.deepEqual(names(), ['a'])
  })

  it('says again and again how far it has come', async () => {
    await begin()
    await clock.advance(15_000)
    assert.deepEqual(types(), ['HEADER', 'KEYFRAME', 'MARK', 'MARK', 'MARK', 'MARK'])
    assert.equal(timeline.head?.at, '2026-01-01T00:00:15.000Z')
  })

  it('does not say to have come further than the slowest of its watches', async () => {
    await begin()
    cluster.hold(ReplicaSet)
    await cluster.create(ReplicaSet, { metadata: { name: 'rs', namespace: 'default' } })
    await cluster.create(Pod, pod('a'))
    await clock.advance(5_000)
    const marks = lines.filter(({ type }) => type === 'MARK')
    assert.deepEqual(
      marks.map((line) => line.type === 'MARK' && line.revision),
      [1, 1],
    )
    cluster.release(ReplicaSet)
    for (const kind of rolloutKinds) cluster.bookmark(kind)
    await clock.advance(5_000)
    const last = lines.at(-1)
    assert.equal(last?.type === 'MARK' && last.revision, 3)
    assert.equal(timeline.at(2)?.list('ReplicaSet').length, 1)
  })

  it('goes on from where it was when the connection breaks or the server ends a watch', async () => {
    await begin()
    cluster.cut(Pod, new ConnectionError('the cable'))
    await cluster.create(Pod, pod('a'))
    await clock.advance(1_000)
    cluster.cut(ReplicaSet)
    await cluster.create(Pod, pod('b'))
    await clock.advance(1_000)
    assert.deepEqual(names(), ['a', 'b'])
    assert.deepEqual(
      types().filter((type) => type !== 'MARK'),
      ['HEADER', 'KEYFRAME', 'PUT', 'PUT'],
    )
    assert.deepEqual(troubles, [undefined, 'the cable', undefined, undefined])
    for (const kind of rolloutKinds) assert.equal(cluster.watches(kind), 1)
  })

  it('begins anew where the server has forgotten what was missed', async () => {
    await cluster.create(Pod, pod('a'))
    await begin()
    cluster.cut(Pod, new ConnectionError('the cable'))
    await remove('a')
    await cluster.create(Pod, pod('b'))
    cluster.compact()
    await clock.advance(2_000)
    assert.deepEqual(
      types().filter((type) => type !== 'MARK'),
      ['HEADER', 'KEYFRAME', 'HEADER', 'KEYFRAME'],
    )
    assert.deepEqual(names(), ['b'])
    assert.deepEqual(timeline.gaps, [{ from: 2, to: 4 }])
  })

  it('tries again, less and less often, as long as nobody answers', async () => {
    let asked = 0
    intercept = () => {
      asked++
      throw new ConnectionError('nobody is there')
    }
    await begin()
    await clock.advance(60_000)
    assert.ok(asked >= 8 && asked <= 16, `${asked}`)
    assert.deepEqual([...new Set(troubles)], ['nobody is there'])
    intercept = () => {}
    await clock.advance(10_000)
    assert.deepEqual(types().slice(0, 3), ['HEADER', 'KEYFRAME', 'MARK'])
    assert.equal(troubles.at(-1), undefined)
  })

  it('leaves out what may not be listed, and ends where nothing may', async () => {
    const forbidden = () => new ApiError(403, 'Forbidden', 'events is forbidden')
    intercept = ({ kind }) => {
      if (kind === 'Event') throw forbidden()
    }
    await begin()
    assert.deepEqual(types(), ['HEADER', 'KEYFRAME', 'MARK'])
    assert.equal(cluster.watches(rolloutKinds[3] as never), 0)
    abort.abort()
    await clock.advance(0)
    await ended
    abort = new AbortController()
    intercept = () => {
      throw forbidden()
    }
    assert.match(String(await begin()), /events is forbidden/)
  })

  it('ends every watch when it is ended', async () => {
    await begin()
    abort.abort()
    await clock.advance(0)
    await ended
    for (const kind of rolloutKinds) assert.equal(cluster.watches(kind), 0)
    assert.equal(clock.size, 0)
  })
})

describe('an inbox', () => {
  it('gives what waits before it ends, and tells when it was too much', async () => {
    const inbox = new Inbox<number>()
    for (let at = 0; at < 100_001; at++) inbox.push(at)
    let taken = 0
    await assert.rejects(async () => {
      for await (const _ of inbox) taken++
    }, /more than 100000 lines wait/)
    assert.equal(taken, 100_000)
  })
})
