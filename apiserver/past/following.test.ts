import assert from 'node:assert/strict'
import { Observable, Subject } from 'rxjs'
import { drain, VirtualClock } from '../../ports/virtual-clock.ts'
import { ownNote } from '../registry/write-note.ts'
import {
  CompactedError,
  type StorageEvent,
  StorageUnavailableError,
  type WatchBatch,
} from '../storage/storage.ts'
import { encodeObject } from '../watch/encode.ts'
import { Following } from './following.ts'
import { TestOutput } from './testing/test-output.ts'

const start = Date.parse('2026-01-01T00:00:00Z')

const pods = '/registry/core/pods/default/'

describe('the changes of a recording', () => {
  let clock: VirtualClock
  let batches: Subject<WatchBatch>
  let watches: number[]
  let nudges: number
  let unexpected: unknown[]
  let hub: { revision: number; nudge(): void }

  beforeEach(() => {
    clock = new VirtualClock(start)
    batches = new Subject()
    watches = []
    nudges = 0
    unexpected = []
    hub = { revision: 10, nudge: () => nudges++ }
  })

  function put(revision: number, { key = `${pods}p`, text = '' } = {}): StorageEvent {
    const object = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p', annotations: { text } } }
    const entry = { key, value: encodeObject(object), created: revision, modified: revision }
    const note = ownNote({ now: () => start + revision }, { verb: 'create' })
    return { type: 'put', entry, note }
  }

  /** Begins after revision 10. */
  function follow(
    reader: TestOutput,
    { until, now = 99, follow = true }: { until?: number; now?: number; follow?: boolean },
  ) {
    const storage = {
      watch: (_prefix: string, after: number) =>
        new Observable<WatchBatch>((subscriber) => {
          watches.push(after)
          return batches.subscribe(subscriber)
        }),
    }
    const wish = {
      namespace: 'default',
      resources: [{ name: 'pods', prefix: pods }],
      edge: 1,
      from: 10,
      now,
      keyframe: false,
      until,
      follow,
    }
    const ports = {
      storage,
      hub,
      clock,
      shown: (note: Buffer) => note,
      unexpected: (error: unknown) => unexpected.push(error),
    }
    const ending = new AbortController()
    const done = new Following(ports, reader, wish, 'then').run(ending.signal)
    return { done, stop: () => ending.abort() }
  }

  const tell = (revision: number, ...events: StorageEvent[]) => batches.next({ revision, events })

  it('are those of what was asked for, each with its time', async () => {
    const reader = new TestOutput()
    const { done } = follow(reader, { until: 14 })
    await drain()
    tell(13, put(11), put(12, { key: '/registry/core/secrets/default/s' }), put(13))
    tell(14)
    await done
    assert.deepEqual(
      reader.lines.map((line) => [line.type, 'revision' in line && line.revision, line.at]),
      [
        ['PUT', 11, '2026-01-01T00:00:00.011Z'],
        ['PUT', 13, '2026-01-01T00:00:00.013Z'],
        ['END', 14, '2026-01-01T00:00:00.013Z'],
      ],
    )
    assert.ok(reader.ended)
    assert.equal(clock.size, 0, 'nothing is left to happen')
  })

  it('end at once where there can be none', async () => {
    const reader = new TestOutput()
    await follow(reader, { until: 10, follow: false }).done
    assert.deepEqual(reader.lines, [{ type: 'END', revision: 10, at: 'then' }])
    assert.deepEqual(watches, [])
  })

  it('tell nothing beyond the end that was asked for', async () => {
    const reader = new TestOutput()
    const { done } = follow(reader, { until: 12 })
    await drain()
    tell(13, put(11), put(13))
    await done
    assert.deepEqual(
      reader.lines.map((line) => 'revision' in line && line.revision),
      [11, 12],
    )
  })

  it('are marked every 5 seconds with how far they have come', async () => {
    const reader = new TestOutput()
    const { done, stop } = follow(reader, {})
    await drain()
    await clock.advance(5_000)
    tell(11, put(11))
    await clock.advance(5_000)
    stop()
    await done
    assert.deepEqual(
      reader.lines.map(({ type, at }) => `${type} ${at}`),
      [
        'MARK 2026-01-01T00:00:05.000Z',
        'PUT 2026-01-01T00:00:00.011Z',
        'MARK 2026-01-01T00:00:10.000Z',
      ],
    )
  })

  it('are marked as soon as all has come that there was at first', async () => {
    const reader = new TestOutput()
    const { done, stop } = follow(reader, { now: 12 })
    await drain()
    tell(11, put(11))
    tell(12, put(12))
    tell(13, put(13))
    await clock.advance(200)
    assert.equal(nudges, 0)
    stop()
    await done
    assert.deepEqual(
      reader.lines.map((line) => `${line.type} ${'revision' in line && line.revision}`),
      ['PUT 11', 'PUT 12', 'MARK 12', 'PUT 13'],
    )
  })

  it('are not said to be of now while the store has more to tell', async () => {
    const reader = new TestOutput()
    const { done, stop } = follow(reader, {})
    await drain()
    hub.revision = 20
    tell(11, put(11))
    await clock.advance(5_000)
    stop()
    await done
    assert.deepEqual(reader.lines.at(-1), {
      type: 'MARK',
      revision: 11,
      at: '2026-01-01T00:00:00.011Z',
    })
  })

  it('are waited for no longer than it takes to have the store say that there are none', async () => {
    const reader = new TestOutput()
    const { done } = follow(reader, { until: 12, follow: false })
    await drain()
    await clock.advance(100)
    assert.equal(nudges, 1)
    tell(13, put(13, { key: '/progress' }))
    await done
    assert.deepEqual(reader.lines, [{ type: 'END', revision: 12, at: 'then' }])
  })

  describe('for a reader that takes nothing', () => {
    const text = 'x'.repeat(1 << 20)

    it('are read no further than a few megabytes, and go on behind the last one told', async () => {
      const reader = new TestOutput(false)
      const { done, stop } = follow(reader, {})
      await drain()
      tell(19, ...Array.from({ length: 9 }, (_, at) => put(11 + at, { text })))
      await drain()
      assert.equal(reader.lines.length, 4)
      assert.ok(!batches.observed, 'the store is not listened to')
      reader.take()
      await drain()
      assert.deepEqual(watches, [10, 14])
      tell(19, ...Array.from({ length: 2 }, (_, at) => put(15 + at, { text })))
      stop()
      await done
      assert.equal(reader.lines.length, 6)
    })

    it('end after a minute, for it to go on later', async () => {
      const reader = new TestOutput(false)
      const { done } = follow(reader, {})
      await drain()
      tell(19, ...Array.from({ length: 9 }, (_, at) => put(11 + at, { text })))
      await drain()
      await clock.advance(60_000)
      await done
      assert.ok(reader.ended)
      assert.ok(reader.lines.every(({ type }) => type === 'PUT'))
      await clock.advance(10_000)
      assert.ok(reader.aborted, 'what it has not taken by then it will not get')
    })

    it('end with the server', async () => {
      const reader = new TestOutput(false)
      const { done, stop } = follow(reader, {})
      await drain()
      tell(19, ...Array.from({ length: 9 }, (_, at) => put(11 + at, { text })))
      await drain()
      stop()
      await done
      assert.ok(reader.ended)
    })
  })

  const ends: [string, Error, number][] = [
    ['what is kept no longer', new CompactedError(10, 20), 0],
    ['a store that is away', new StorageUnavailableError('away'), 0],
    ['what nobody expected', new TypeError('odd'), 1],
  ]
  for (const [what, error, reported] of ends)
    it(`end cleanly before ${what}, without saying that this is all`, async () => {
      const reader = new TestOutput()
      const { done } = follow(reader, { until: 20, follow: false })
      await drain()
      tell(11, put(11))
      batches.error(error)
      await done
      assert.deepEqual(
        reader.lines.map(({ type }) => type),
        ['PUT'],
      )
      assert.ok(reader.ended)
      assert.equal(unexpected.length, reported)
    })
})
