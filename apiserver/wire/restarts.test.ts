/** What clients saw of one server is good at the next one that serves the same store, as long as its history is kept. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEtcd } from '../storage/etcd.ts'
import { type EtcdProcess, etcdMissing, startEtcd } from '../storage/etcd-process.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { configMap, type Stream, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'

interface Store {
  open(): Promise<Storage>
  stop(): Promise<void>
}

async function sqliteStore(): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), 'restarts-'))
  return {
    open: () => openSqlite({ file: join(directory, 'store') }),
    stop: () => rm(directory, { recursive: true }),
  }
}

async function etcdStore(): Promise<Store> {
  const etcd: EtcdProcess = await startEtcd()
  return {
    // Somebody else writes to it, too.
    open: async () =>
      openEtcd({ endpoints: [etcd.endpoint], prefix: '/restarts', timeoutMs: 5_000 }),
    stop: () => etcd.stop(),
  }
}

interface Told {
  type: string
  object: { metadata: { name: string; resourceVersion: string; labels?: object }; data: object }
}
const lines = (events: Told[]) =>
  events.map(
    ({ type, object: { metadata, data } }) =>
      `${metadata.resourceVersion} ${type} ${metadata.name} ${JSON.stringify(data)}`,
  )

const stores: [string, () => Promise<Store>, string | undefined][] = [
  ['SQLite', sqliteStore, undefined],
  ['etcd', etcdStore, etcdMissing()],
]

for (const [name, make, missing] of stores)
  describe(`wire: a server that is started again on ${name}`, function () {
    if (missing) {
      it(`is not tested here: ${missing}`)
      return
    }
    this.timeout(30_000)
    let store: Store
    let storage: Storage
    let wire: WireServer
    const streams: Stream[] = []

    const start = async (limits = {}) => {
      storage = await store.open()
      wire = await startWireServer({ storage, hub: { limits } })
    }
    const stop = async () => {
      for (const stream of streams.splice(0)) stream.close()
      await wire.close()
      assert.deepEqual(wire.reported, [])
      await storage.close()
    }
    const restart = async (limits?: object) => {
      await stop()
      await start(limits)
    }

    before(async () => {
      store = await make()
    })
    beforeEach(() => start())
    afterEach(async () => {
      await wire.ask('DELETE', maps)
      await stop()
    })
    after(() => store.stop())

    const open = async (query: string) => {
      const stream = await wire.watch(`${maps}?watch=true&${query}`)
      assert.equal(stream.code, 200)
      streams.push(stream)
      return stream
    }
    const write = async (method: string, path: string, body?: object) => {
      const { code, text, json } = await wire.ask(method, path, { body })
      assert.ok(code < 300, text)
      return json
    }
    const create = async (what: string, labels = {}) => {
      const made = await write('POST', maps, configMap(what, {}, { labels }))
      return made.metadata.resourceVersion as string
    }

    it('lets watches go on where they were, whoever they are', async () => {
      const from = [await create('a', { of: 'x' })]
      for (let at = 0; at < 30; at++) {
        const { metadata } = await write('PATCH', `${maps}/a`, { data: { at: `${at}` } })
        from.push(metadata.resourceVersion)
      }
      await create('b')
      await write('DELETE', `${maps}/b`)
      await write('PATCH', `${maps}/a`, { metadata: { labels: { of: 'y' } } })
      const whole = await open(`resourceVersion=${from[0]}`)
      const seen = lines(await whole.take(33))
      const selective = lines(
        await (await open(`resourceVersion=${from[0]}&labelSelector=of%3Dx`)).take(31),
      )
      assert.match(selective[30] as string, /DELETED a/)

      await restart()
      // All at once, from everywhere, while somebody writes.
      const writing = (async () => {
        for (let at = 0; at < 20; at++)
          await write('PATCH', `${maps}/a`, { data: { at: `later ${at}` } })
      })()
      const resumed = await Promise.all(from.map((at) => open(`resourceVersion=${at}`)))
      const again = await open(`resourceVersion=${from[0]}&labelSelector=of%3Dx`)
      await writing
      const told = await Promise.all(
        resumed.map(async (stream, at) => lines(await stream.take(53 - at))),
      )
      assert.deepEqual(told[0]?.slice(0, 33), seen)
      for (const [at, mine] of told.entries()) assert.deepEqual(mine, told[0]?.slice(at))
      assert.deepEqual(lines(await again.take(31)), selective)
    })

    it('goes no further back than it would remember itself', async () => {
      const first = await create('a')
      let last = first
      for (let at = 0; at < 40; at++)
        last = (await write('PATCH', `${maps}/a`, { data: { at: `${at}` } })).metadata
          .resourceVersion
      await restart({ events: 20 })
      const tooOld = await open(`resourceVersion=${first}`)
      const [error] = await tooOld.take(2)
      assert.equal(error.type, 'ERROR')
      assert.equal(error.object.code, 410)
      assert.equal(error.object.reason, 'Expired')
      assert.match(error.object.message, /^too old resource version: \d+ \(\d+\)$/)
      const near = await open(`resourceVersion=${Number(last) - 5}`)
      assert.equal((await near.take(5)).length, 5)
    })

    it('serves lists of past revisions, and the pages that are left', async () => {
      for (const what of ['a', 'b', 'c', 'd']) await create(what)
      const page = await write('GET', `${maps}?limit=2`)
      const past = page.metadata.resourceVersion
      await write('DELETE', `${maps}/c`)
      await create('e')
      await restart()
      const exact = await write('GET', `${maps}?resourceVersion=${past}&resourceVersionMatch=Exact`)
      const namesOf = (list: { items: { metadata: { name: string } }[] }) =>
        list.items.map(({ metadata }) => metadata.name)
      assert.deepEqual(namesOf(exact), ['a', 'b', 'c', 'd'])
      assert.equal(exact.metadata.resourceVersion, past)
      const rest = await write('GET', `${maps}?limit=2&continue=${page.metadata.continue}`)
      assert.deepEqual(namesOf(rest), ['c', 'd'])
      assert.equal(rest.metadata.resourceVersion, past)
    })

    it('says that what has been compacted is gone, and how pages go on', async () => {
      for (const what of ['a', 'b', 'c', 'd']) await create(what)
      const page = await write('GET', `${maps}?limit=1`)
      const past = page.metadata.resourceVersion
      await write('DELETE', `${maps}/c`)
      await create('e')
      await storage.compact(await storage.revision())
      await restart()
      const exact = await wire.ask(
        'GET',
        `${maps}?resourceVersion=${past}&resourceVersionMatch=Exact`,
      )
      assert.equal(exact.code, 410)
      assert.equal(exact.json.reason, 'Expired')
      assert.equal(exact.json.message, 'The resourceVersion for the provided list is too old.')
      const late = await wire.ask('GET', `${maps}?limit=1&continue=${page.metadata.continue}`)
      assert.equal(late.code, 410)
      assert.equal(late.json.reason, 'Expired')
      const two = await write('GET', `${maps}?limit=1&continue=${late.json.metadata.continue}`)
      await create('f')
      const three = await write('GET', `${maps}?limit=9&continue=${two.metadata.continue}`)
      const both = [...two.items, ...three.items].map(({ metadata }) => metadata.name)
      // As of now, not as of then; and from here on as of one revision again.
      assert.deepEqual(both, ['b', 'd', 'e'])
      assert.ok(Number(two.metadata.resourceVersion) > Number(past))
      assert.equal(three.metadata.resourceVersion, two.metadata.resourceVersion)
      const [error] = await (await open(`resourceVersion=${past}`)).take(2)
      assert.equal(error.type, 'ERROR')
      assert.equal(error.object.code, 410)
    })
  })
