import assert from 'node:assert/strict'
import { firstValueFrom } from 'rxjs'
import { systemClock } from '../../ports/system-clock.ts'
import { openEtcd } from './etcd.ts'
import { EtcdClient } from './etcd-client.ts'
import { type EtcdProcess, etcdMissing, startEtcd } from './etcd-process.ts'
import { storageCases } from './storage.cases.ts'
import { type Storage, StorageUnavailableError } from './storage.ts'

describe('the etcd store', function () {
  const missing = etcdMissing()
  if (missing) {
    it(`is not tested here: ${missing}`)
    return
  }
  this.timeout(60_000)
  let etcd: EtcdProcess
  let prefixes = 0
  const open = (options: { endpoints?: string[]; prefix?: string; timeoutMs?: number } = {}) =>
    openEtcd({ endpoints: [etcd.endpoint], prefix: `/test-${prefixes++}`, ...options })

  before(async () => {
    etcd = await startEtcd()
  })
  after(() => etcd?.stop())

  storageCases({ open: async () => open(), runs: 15 })

  it('takes a repeated compaction of its very first revision for done', async () => {
    const fresh = await startEtcd()
    const storage = openEtcd({ endpoints: [fresh.endpoint], timeoutMs: 1_000 })
    const first = await storage.revision()
    await storage.compact(first)
    await storage.compact(first)
    assert.equal(await storage.revision(), first)
    await storage.close()
    await fresh.stop()
  })

  it('sees only what is under its own prefix', async () => {
    const [one, other] = [open(), open()]
    assert.ok((await one.write({ key: '/a', value: Buffer.from('x'), expect: 0 })).ok)
    assert.equal((await other.get('/a')).entry, undefined)
    assert.deepEqual((await other.range('')).entries, [])
    assert.equal((await one.range('')).entries[0]?.key, '/a')
    await Promise.all([one.close(), other.close()])
  })

  it('sees nothing of a store whose prefix goes on where its own ends', async () => {
    const [one, longer] = [open({ prefix: '/side' }), open({ prefix: '/side-by-side' })]
    const written = await longer.write({ key: '/a', value: Buffer.from('x'), expect: 0 })
    const note = Buffer.from('note')
    const own = await one.write({ key: '/b', value: Buffer.from('y'), expect: 0, note })
    assert.deepEqual(
      (await one.range('')).entries.map(({ key }) => key),
      ['/b'],
    )
    const batch = await firstValueFrom(one.watch('', written.revision - 1, { notes: true }))
    assert.equal(batch.revision, own.revision)
    assert.deepEqual(
      batch.events.map((event) => event.note?.toString()),
      ['note'],
    )
    await Promise.all([one.close(), longer.close()])
  })

  it('knows the edge of history when another server has moved it', async () => {
    const [one, other] = [open({ prefix: '/edge' }), open({ prefix: '/edge' })]
    const revision = await writeTwice(one)
    await one.compact(revision)
    assert.equal(await one.oldest(), revision)
    const later = await writeTwice(other, revision)
    await other.compact(later)
    assert.equal(await one.oldest(), later)
    await Promise.all([one.close(), other.close()])
  })

  it('writes one key without a note, and one key for all notes', async () => {
    const client = new EtcdClient([etcd.endpoint], undefined, systemClock, 5_000)
    const storage = open({ prefix: '/keys' })
    const all = { key: Buffer.from('/keys'), range_end: Buffer.from('/keyt') }
    const value = Buffer.from('x')
    await storage.write({ key: '/a', value, expect: 0 })
    assert.equal((await client.range(all)).count, 1)
    for (const key of ['/b', '/c']) {
      const { revision } = await storage.write({ key, value, expect: 0, note: value })
      await storage.write({ key, value: undefined, expect: revision, note: value })
    }
    assert.deepEqual(
      (await client.range(all)).kvs.map(({ key }) => key.toString()),
      ['/keys/a', '/keys0'],
    )
    await storage.close()
    client.close()
  })

  it('reads on at another endpoint when the first is dead', async () => {
    const storage = open({ endpoints: ['http://127.0.0.1:1', etcd.endpoint], timeoutMs: 2_000 })
    const written = await storage.write({ key: '/a', value: Buffer.from('x'), expect: 0 })
    assert.ok(written.ok)
    assert.equal((await storage.get('/a')).entry?.modified, written.revision)
    await storage.close()
  })

  it('fails within its time when nobody answers', async () => {
    const storage = open({ endpoints: ['http://127.0.0.1:1'], timeoutMs: 200 })
    const begin = performance.now()
    await assert.rejects(storage.get('/a'), /no connection to http:\/\/127\.0\.0\.1:1/)
    const write = { key: '/a', value: Buffer.from('x'), expect: 0 }
    await assert.rejects(storage.write(write), StorageUnavailableError)
    const error = await new Promise((resolve) =>
      storage.watch('/', 0).subscribe({ error: resolve }),
    )
    assert.ok(error instanceof StorageUnavailableError)
    assert.ok(performance.now() - begin < 2_000)
    await storage.close()
  })

  it('loses nothing acknowledged and repeats nothing when etcd is killed under load', async () => {
    const storage = open({ timeoutMs: 2_000 })
    const base = await storage.revision()
    const ended = new Promise<unknown>((resolve) => {
      storage.watch('/', base).subscribe({ error: resolve })
    })
    const writing = Promise.all(Array.from({ length: 8 }, (_, writer) => writeOn(storage, writer)))
    await reached(storage, base + 300)
    await etcd.kill()
    assert.ok((await ended) instanceof StorageUnavailableError)
    const writers = await writing
    await etcd.restart()
    for (const { key, acknowledged, maybe } of writers) {
      const { entry } = await storage.get(key)
      const value = Number(entry?.value.toString())
      assert.ok([acknowledged, maybe].includes(value), `${key}: ${value}, not ${acknowledged}`)
    }
    await storage.close()
  })
})

async function writeTwice(storage: Storage, expect = 0): Promise<number> {
  const { revision } = await storage.write({ key: '/a', value: Buffer.from('1'), expect })
  return (await storage.write({ key: '/a', value: Buffer.from('2'), expect: revision })).revision
}

/** Counts up in a key until a write fails: then the last count known to be stored, and the one that may be. */
async function writeOn(storage: Storage, writer: number) {
  const key = `/kill/${writer}`
  let expect = 0
  for (let count = 0; ; count++) {
    try {
      const result = await storage.write({ key, value: Buffer.from(String(count)), expect })
      assert.ok(result.ok, `${key} was written by somebody else`)
      expect = result.revision
    } catch (error) {
      assert.ok(error instanceof StorageUnavailableError)
      return { key, acknowledged: count - 1, maybe: count }
    }
  }
}

async function reached(storage: Storage, revision: number): Promise<void> {
  while ((await storage.revision()) < revision);
}
