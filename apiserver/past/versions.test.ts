import assert from 'node:assert/strict'
import { systemClock } from '../../ports/system-clock.ts'
import { ownNote } from '../registry/write-note.ts'
import { openEtcd } from '../storage/etcd.ts'
import { etcdMissing, startEtcd } from '../storage/etcd-process.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { encodeObject } from '../watch/encode.ts'
import { Edge } from './edge.ts'
import { storedVersions } from './versions.ts'

const object = (text: string) => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name: 'a' },
  data: { text },
})

interface Store {
  storage: Storage
  stop(): Promise<void>
}

const stores: [string, () => Promise<Store>, string | undefined][] = [
  [
    'SQLite',
    async () => ({ storage: await openSqlite({ file: ':memory:' }), stop: async () => {} }),
    undefined,
  ],
  [
    'etcd',
    async () => {
      const etcd = await startEtcd()
      return { storage: openEtcd({ endpoints: [etcd.endpoint] }), stop: () => etcd.stop() }
    },
    etcdMissing(),
  ],
]

for (const [name, open, missing] of stores)
  describe(`versions of the past, in ${name}`, function () {
    if (missing) {
      it(`is not tested here: ${missing}`)
      return
    }
    this.timeout(60_000)
    let store: Store
    before(async () => {
      store = await open()
    })
    after(async () => {
      await store.storage.close()
      await store.stop()
    })

    const versions = () => storedVersions(store.storage, systemClock)

    async function write(key: string, text: string | undefined, expect: number): Promise<number> {
      const value = text === undefined ? undefined : encodeObject(object(text))
      const note = ownNote(systemClock, { verb: value ? 'update' : 'delete' })
      const result = await store.storage.write({ key, value, expect, note })
      assert.ok(result.ok)
      return result.revision
    }

    it('are found one by one, and none of a longer name is taken for them', async () => {
      await write('/at/ab', 'other', 0)
      const first = await write('/at/a', '1', 0)
      const second = await write('/at/a', '2', first)
      const read = async (revision: number) => (await versions().at('/at/a', revision))?.object.data
      assert.equal(await read(first - 1), undefined)
      assert.deepEqual(await read(first), { text: '1' })
      assert.deepEqual(await read(second), { text: '2' })
      const { created, revision } = (await versions().at('/at/a', second))!
      assert.deepEqual([created, revision], [first, second])
      assert.equal((await versions().record('/at/a', second))?.user, 'system:apiserver')
      assert.equal(await versions().record('/at/ab', second), undefined)
    })

    it('end with the last deletion up to a revision', async () => {
      const made = await write('/gone/a', '1', 0)
      const gone = await write('/gone/a', undefined, made)
      const again = await write('/gone/a', '2', 0)
      const goneAgain = await write('/gone/a', undefined, again)
      const other = await write('/gone/ab', 'other', 0)
      await write('/gone/ab', undefined, other)
      const deletion = async (before: number) => {
        const found = await versions().deletion('/gone/a', before)
        return found && [found.revision, found.last.revision]
      }
      assert.deepEqual(await deletion(await versions().now()), [goneAgain, again])
      assert.deepEqual(await deletion(goneAgain - 1), [gone, made])
      assert.deepEqual(await deletion(gone), [gone, made])
      assert.equal(await deletion(made), undefined)
    })

    it('end with the last deletion of the one that is meant', async () => {
      const uids: [string, number][] = []
      for (const uid of ['one', 'two', 'three']) {
        const named = { ...object(uid), metadata: { name: 'a', uid } }
        const value = encodeObject(named)
        const made = await store.storage.write({ key: '/uid/a', value, expect: 0 })
        uids.push([uid, await write('/uid/a', undefined, made.revision)])
      }
      const now = await versions().now()
      for (const [uid, revision] of uids)
        assert.equal((await versions().deletion('/uid/a', now, uid))?.revision, revision)
      assert.equal(await versions().deletion('/uid/a', now, 'four'), undefined)
    })

    it('begin at an edge of which the time is known, as soon as something is written behind it', async () => {
      const edge = new Edge(store.storage, systemClock)
      const revision = await store.storage.revision()
      await store.storage.compact(revision)
      assert.deepEqual(await edge.moment(), { revision })
      const before = Date.now()
      await write('/edge/a', '1', 0)
      const { revision: same, at = '' } = await edge.moment()
      assert.equal(same, revision)
      assert.ok(Date.parse(at) >= before)
    })
  })

describe('versions of the past, for one question', () => {
  it('are looked for so often at most, and only among those of the key', async () => {
    const storage = await openSqlite({ file: ':memory:' })
    const watched: [string, boolean | undefined][] = []
    const counted = {
      range: storage.range.bind(storage),
      note: storage.note.bind(storage),
      revision: storage.revision.bind(storage),
      oldest: storage.oldest.bind(storage),
      watch: (...asked: Parameters<Storage['watch']>) => {
        watched.push([asked[0], asked[2]?.exact])
        return storage.watch(...asked)
      },
    }
    const value = encodeObject(object('any'))
    await storage.write({ key: '/any', value, expect: 0 })
    const versions = storedVersions(counted, systemClock)
    const now = await storage.revision()
    const looks = Array.from({ length: 9 }, (_, at) => versions.deletion(`/never/${at}`, now))
    const [last, ...others] = (await Promise.allSettled(looks)).reverse()
    assert.ok(others.every(({ status }) => status === 'fulfilled'))
    assert.equal(last?.status === 'rejected' && last.reason.name, 'BeyondEdge')
    assert.equal(watched.length, 8)
    assert.ok(watched.every(([, exact]) => exact))
    await storage.close()
  })
})
