import assert from 'node:assert/strict'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { type HistoryLimits, keepHistory } from './history.ts'
import { MemoryStorage } from './storage/memory.ts'
import type { Revision, Storage } from './storage/storage.ts'

const minute = 60_000
const hour = 60 * minute

/** A server that sees all that is written; many of them can share a store. */
function serverOn(storage: Storage, clock: VirtualClock, limits: HistoryLimits) {
  let revision = 0
  let bytes = 0
  const subscription = storage.watch('', 1).subscribe((batch) => {
    revision = batch.revision
    for (const event of batch.events)
      if (event.type === 'put') bytes += event.entry.key.length + event.entry.value.length
  })
  // Like a server that starts: what was before it has not been seen.
  bytes = 0
  const written = () => ({ revision, bytes })
  const cancel = keepHistory(storage, clock, limits, written, (error) => assert.fail(String(error)))
  return () => {
    cancel()
    subscription.unsubscribe()
  }
}

describe('history', () => {
  let clock: VirtualClock
  let storage: MemoryStorage
  let stops: (() => void)[]
  let keys: number

  beforeEach(() => {
    clock = new VirtualClock()
    storage = new MemoryStorage()
    stops = []
    keys = 0
  })
  afterEach(() => {
    for (const stop of stops) stop()
  })

  const start = (limits: HistoryLimits) => {
    const stop = serverOn(storage, clock, limits)
    stops.push(stop)
    return stop
  }
  const write = async (size = 100): Promise<Revision> => {
    const key = `/key/${keys++}`
    return (await storage.write({ key, value: Buffer.alloc(size), expect: 0 })).revision
  }

  it('forgets what is older than its age, and nothing younger', async () => {
    start({ ageMs: 10 * hour })
    const old = await write()
    await clock.advance(5 * hour)
    const young = await write()
    await clock.advance(5 * hour - minute)
    assert.ok((await storage.oldest()) < old)
    await clock.advance(15 * minute)
    const edge = await storage.oldest()
    assert.ok(edge >= old, `${old} is still there`)
    assert.ok(edge < young, `${young} is gone`)
    await clock.advance(5 * hour)
    assert.ok((await storage.oldest()) >= young)
  })

  it('knows after a restart how old the past is', async () => {
    const stop = start({ ageMs: 10 * hour })
    const old = await write()
    await clock.advance(hour)
    stop()
    const young = await write()
    await clock.advance(8 * hour)
    start({ ageMs: 10 * hour })
    await clock.advance(hour + 15 * minute)
    const edge = await storage.oldest()
    assert.ok(edge >= old, `${old} is still there`)
    assert.ok(edge < young, `${young} is gone`)
  })

  it('forgets what is too much, however young, and as little of it as it can', async () => {
    start({ bytes: 1_000_000 })
    await clock.advance(minute)
    for (let at = 0; at < 30; at++) {
      await write(50_000)
      await clock.advance(minute)
    }
    const edge = await storage.oldest()
    const kept = (await storage.range('/key/')).entries.filter(({ modified }) => modified > edge)
    assert.ok(kept.length <= 20, `${kept.length} versions of 50,000 bytes are kept`)
    assert.ok(kept.length >= 18, `only ${kept.length} versions of 50,000 bytes are kept`)
  })

  it('counts real bytes: of small versions it keeps many', async () => {
    start({ bytes: 1_000_000 })
    await clock.advance(minute)
    for (let at = 0; at < 500; at++) await write(10)
    await clock.advance(2 * minute)
    assert.equal(await storage.oldest(), 1)
  })

  it('knows after a restart how much there is', async () => {
    const stop = start({ bytes: 1_000_000 })
    for (let at = 0; at < 15; at++) {
      await write(50_000)
      await clock.advance(minute)
    }
    stop()
    start({ bytes: 1_000_000 })
    for (let at = 0; at < 15; at++) {
      await write(50_000)
      await clock.advance(minute)
    }
    const edge = await storage.oldest()
    const kept = (await storage.range('/key/')).entries.filter(({ modified }) => modified > edge)
    assert.ok(kept.length >= 18 && kept.length <= 20, `${kept.length} versions are kept`)
  })

  it('keeps as much as one server would, when several forget', async () => {
    for (let at = 0; at < 3; at++) start({ bytes: 1_000_000, ageMs: 10 * hour })
    await clock.advance(minute)
    for (let at = 0; at < 30; at++) {
      await write(50_000)
      await clock.advance(minute)
    }
    const edge = await storage.oldest()
    const kept = (await storage.range('/key/')).entries.filter(({ modified }) => modified > edge)
    assert.ok(kept.length >= 18 && kept.length <= 20, `${kept.length} versions are kept`)
    await clock.advance(11 * hour)
    assert.ok((await storage.oldest()) > edge)
  })

  it('writes next to nothing while nothing is written, and few marks while much is', async () => {
    start({ ageMs: 10 * hour, bytes: 1_000_000 })
    await write()
    await clock.advance(minute)
    const before = await storage.revision()
    await clock.advance(hour)
    assert.ok((await storage.revision()) <= before + 1)
    for (let at = 0; at < 600; at++) {
      await write(20_000)
      await clock.advance(minute)
    }
    const { entry } = await storage.get('/history/marks')
    const marks = JSON.parse(String(entry?.value)) as unknown[]
    assert.ok(marks.length <= 130, `${marks.length} marks`)
  })

  it('keeps all of it when it is cancelled', async () => {
    const stop = start({ ageMs: hour })
    await write()
    await clock.advance(minute)
    stop()
    await clock.advance(100 * hour)
    assert.equal(await storage.oldest(), 1)
  })
})
