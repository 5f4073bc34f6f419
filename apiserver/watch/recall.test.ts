import assert from 'node:assert/strict'
import { NEVER, Observable } from 'rxjs'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { encodeObject } from './encode.ts'
import type { RingLimits } from './event-ring.ts'
import { TooOldError, type WatchCache } from './watch-cache.ts'
import { WatchHub } from './watch-hub.ts'

const pods = '/registry/core/pods/'
const maps = '/registry/core/configmaps/'

describe('what a cache recalls', () => {
  let inner: Storage
  let storage: Storage
  let reads: number
  /** Instead of the store's history. */
  let history: ((after: number) => ReturnType<Storage['watch']>) | undefined
  let clock: VirtualClock
  let hub: WatchHub

  beforeEach(async () => {
    inner = await openSqlite({ file: ':memory:' })
    reads = 0
    history = undefined
    clock = new VirtualClock(0)
    storage = {
      get: (key) => inner.get(key),
      range: (prefix, options) => inner.range(prefix, options),
      write: (write) => inner.write(write),
      revision: () => inner.revision(),
      compact: (revision) => inner.compact(revision),
      note: (key, revision) => inner.note(key, revision),
      oldest: () => inner.oldest(),
      close: () => inner.close(),
      watch: (prefix, after) =>
        new Observable((subscriber) => {
          // The first one is the hub's own.
          if (reads++ > 0 && history) return history(after).subscribe(subscriber)
          return inner.watch(prefix, after).subscribe(subscriber)
        }),
    }
  })
  afterEach(async () => {
    hub.stop()
    await inner.close()
  })

  const put = async (prefix: string, name: string, text = '') => {
    const key = `${prefix}d/${name}`
    const metadata = { name, namespace: 'd', uid: name }
    const value = encodeObject({ kind: 'K', apiVersion: 'v1', metadata, text })
    const { entry } = await inner.get(key)
    const written = await inner.write({ key, value, expect: entry?.modified ?? 0 })
    assert.ok(written.ok)
    return written.revision
  }
  const remove = async (prefix: string, name: string) => {
    const key = `${prefix}d/${name}`
    const { entry } = await inner.get(key)
    const written = await inner.write({ key, value: undefined, expect: entry?.modified ?? 0 })
    return written.revision
  }
  /** A server that starts now. */
  const start = async (limits: Partial<RingLimits> = {}) => {
    hub = new WatchHub(storage, { clock, limits })
    const caches = [hub.cache(pods), hub.cache(maps)] as const
    await hub.start()
    return caches
  }
  const told = (cache: WatchCache, after: number) => {
    const lines: string[] = []
    cache.watch({ after }).subscribe((event) => {
      if (event.type === 'BOOKMARK') return
      lines.push(`${event.type} ${event.object.name}@${event.object.revision}`)
    })
    return lines
  }

  it('is what happened before it was there, and goes on with what happens', async () => {
    const first = await put(pods, 'a') // 2
    await put(maps, 'm') // 3
    await put(pods, 'b') // 4
    await put(pods, 'a', 'changed') // 5
    await remove(pods, 'b') // 6
    const [cache] = await start()
    assert.throws(() => told(cache, first), TooOldError)
    await hub.recall(cache, first)
    const lines = told(cache, first)
    await put(pods, 'c') // 7
    assert.deepEqual(lines, ['ADDED b@4', 'MODIFIED a@5', 'DELETED b@6', 'ADDED c@7'])
  })

  it('is read once for all who ask, and for all caches that are as far behind', async () => {
    const first = await put(pods, 'a')
    for (let at = 0; at < 10; at++) await put(at % 2 ? pods : maps, `n${at}`)
    const [cache, other] = await start()
    assert.equal(reads, 1)
    await Promise.all([
      ...Array.from({ length: 20 }, () => hub.recall(cache, first)),
      hub.recall(other, first),
    ])
    assert.equal(reads, 2)
    assert.equal(told(cache, first).length, 5)
    assert.equal(told(other, first).length, 5)
    // What is remembered now is not read again.
    await hub.recall(cache, first + 3)
    assert.equal(reads, 2)
  })

  it('is no more than it would have remembered, and is then not asked for again', async () => {
    const first = await put(pods, 'a')
    for (let at = 0; at < 40; at++) await put(pods, 'a', `${at}`)
    const [cache] = await start({ events: 10 })
    await hub.recall(cache, first)
    assert.throws(() => told(cache, first), TooOldError)
    assert.deepEqual(cache.remembered.events, 10)
    assert.equal(told(cache, first + 30).length, 10)
    await hub.recall(cache, first)
    assert.equal(reads, 2)
  })

  it('is nothing where the store has forgotten', async () => {
    const first = await put(pods, 'a')
    const later = await put(pods, 'b')
    await put(pods, 'c')
    await inner.compact(later)
    const [cache] = await start()
    await hub.recall(cache, first)
    assert.throws(() => told(cache, first), TooOldError)
    await hub.recall(cache, later)
    assert.deepEqual(told(cache, later), ['ADDED c@4'])
  })

  it('is nothing where the store does not tell in time', async () => {
    const first = await put(pods, 'a')
    await put(pods, 'b')
    const [cache] = await start()
    history = () => NEVER
    const recalled = hub.recall(cache, first)
    await clock.advance(5_000)
    await recalled
    assert.throws(() => told(cache, first), TooOldError)
    await hub.recall(cache, first)
    assert.equal(reads, 2)
  })

  it('is joined without a gap to what has happened while it was read', async () => {
    const first = await put(pods, 'a')
    for (let at = 0; at < 5; at++) await put(pods, 'a', `${at}`)
    const [cache] = await start()
    const recalled = hub.recall(cache, first)
    await put(pods, 'b')
    await recalled
    const lines = told(cache, first)
    await put(pods, 'c')
    const revisions = lines.map((line) => Number(line.split('@')[1]))
    assert.deepEqual(revisions, [3, 4, 5, 6, 7, 8, 9])
  })

  it('is not joined where something in between was forgotten meanwhile', async () => {
    const first = await put(pods, 'a')
    await put(pods, 'b')
    const [cache] = await start({ events: 3 })
    let go = () => {}
    history = (after) =>
      new Observable((subscriber) => {
        go = () => inner.watch('', after).subscribe(subscriber)
      })
    const recalled = hub.recall(cache, first)
    for (let at = 0; at < 8; at++) await put(pods, 'a', `${at}`)
    go()
    await recalled
    assert.throws(() => told(cache, first), TooOldError)
    assert.equal(told(cache, cache.oldest).length, 3)
  })
})
