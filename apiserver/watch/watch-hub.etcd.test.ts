import assert from 'node:assert/strict'
import type { Clock } from '../../ports/clock.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { openEtcd } from '../storage/etcd.ts'
import { type EtcdProcess, etcdMissing, startEtcd } from '../storage/etcd-process.ts'
import { CompactedError, type Storage, StorageUnavailableError } from '../storage/storage.ts'
import { encodeObject } from './encode.ts'
import type { WatchCache } from './watch-cache.ts'
import { WatchHub } from './watch-hub.ts'

const prefix = '/registry/configmaps/'

describe('watch hubs over one etcd', function () {
  const missing = etcdMissing()
  if (missing) {
    it(`are not tested here: ${missing}`)
    return
  }
  this.timeout(60_000)
  let etcd: EtcdProcess
  let stores: Storage[]
  let hubs: WatchHub[]
  let reports: Error[]

  before(async () => {
    etcd = await startEtcd()
  })
  after(() => etcd?.stop())
  beforeEach(() => {
    stores = []
    hubs = []
    reports = []
  })
  afterEach(async () => {
    for (const hub of hubs) hub.stop()
    for (const store of stores) await store.close()
  })

  const open = (under: string) => {
    const storage = openEtcd({ endpoints: [etcd.endpoint], prefix: under, timeoutMs: 2_000 })
    stores.push(storage)
    return storage
  }
  const server = async (under: string, clock: Clock = systemClock) => {
    const storage = open(under)
    const hub = new WatchHub(storage, { clock, report: (error) => reports.push(error) })
    hubs.push(hub)
    const cache = hub.cache(prefix)
    await hub.start()
    return { storage, hub, cache }
  }
  const write = async (storage: Storage, name: string, text = 'x') => {
    const key = `${prefix}d/${name}`
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'd' }, text }
    const { entry } = await storage.get(key)
    const expect = entry?.modified ?? 0
    const result = await storage.write({ key, value: encodeObject(object), expect })
    assert.ok(result.ok)
    return result.revision
  }
  const text = (cache: WatchCache, name: string) => cache.get('d', name)?.object.text

  it('show each other’s acknowledged writes after fresh()', async () => {
    const [one, two] = [await server('/both'), await server('/both')]
    for (let round = 0; round < 50; round++) {
      const revision = await write(one.storage, 'a', String(round))
      await two.hub.fresh()
      assert.equal(text(two.cache, 'a'), String(round))
      assert.ok(two.cache.revision >= revision)
    }
  })

  it('are fresh soon though only others beside their prefix write', async () => {
    const { hub, cache } = await server('/quiet')
    const revision = await write(open('/noisy'), 'n')
    const begin = performance.now()
    await Promise.all([hub.fresh(), hub.fresh(), hub.fresh()])
    assert.ok(performance.now() - begin < 1_000)
    assert.ok(cache.revision > revision)
    assert.equal(cache.size, 0)
    assert.deepEqual(reports, [])
  })

  it('come back after etcd was killed, telling watchers each change once', async () => {
    const { storage, hub, cache } = await server('/killed')
    const revisions: number[] = []
    cache.watch({ after: cache.revision }).subscribe((event) => {
      if (event.type !== 'BOOKMARK') revisions.push(event.object.revision)
    })
    const before = [await write(storage, 'a'), await write(storage, 'b')]
    await hub.fresh()
    await etcd.kill()
    await assert.rejects(hub.fresh(), StorageUnavailableError)
    await etcd.restart()
    const after = [await write(storage, 'a', 'y'), await write(storage, 'c')]
    await hub.fresh()
    assert.deepEqual(revisions, [...before, ...after])
  })

  it('list anew when compaction has overtaken them', async () => {
    const clock = new VirtualClock()
    const { storage, hub, cache } = await server('/compacted', clock)
    await write(storage, 'a')
    const removed = await write(storage, 'b')
    await hub.fresh()
    const lines: string[] = []
    const told = new Promise<void>((resolve) => {
      cache.watch({ after: cache.revision }).subscribe((event) => {
        if (event.type !== 'BOOKMARK') lines.push(`${event.type} ${event.object.name}`)
        if (lines.length === 2) resolve()
      })
    })
    await etcd.kill()
    await etcd.restart()
    const other = open('/compacted')
    await other.write({ key: `${prefix}d/b`, value: undefined, expect: removed })
    const last = await write(other, 'a', 'y')
    await other.compact(last)
    assert.equal(hub.state.state, 'waiting')
    let all = false
    told.then(() => {
      all = true
    })
    while (!all) await clock.advance(1_000)
    assert.deepEqual(lines, ['DELETED b', 'MODIFIED a'])
    assert.ok(reports[0] instanceof CompactedError)
    assert.equal(cache.revision, last)
  })
})
