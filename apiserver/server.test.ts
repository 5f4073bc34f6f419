import assert from 'node:assert/strict'
import type { KubernetesObject } from '../api/object.ts'
import type { IPAddress } from '../api/types.ts'
import { Endpoints, Namespace, Service } from '../controllers/framework/kinds.ts'
import { seededRandom } from '../ports/random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { addressMarks } from './registry/address-marks.ts'
import { createApiServer } from './server.ts'
import { openSqlite } from './storage/sqlite.ts'
import { type Storage, StorageUnavailableError } from './storage/storage.ts'
import { startWireServer } from './wire/wire.ts'

describe('API server', () => {
  it('has its namespaces and its own service from the start, and after a restart still once', async () => {
    const storage = await openSqlite({ file: ':memory:' })
    const clock = new VirtualClock()
    let revision = 0
    for (const start of ['first', 'second']) {
      const server = await createApiServer({ storage, clock, random: seededRandom(1) })
      const cluster = server.cluster()
      const { items } = await cluster.list(Namespace)
      assert.deepEqual(
        items.map(({ metadata }) => metadata.name),
        ['default', 'kube-node-lease', 'kube-public', 'kube-system'],
      )
      const kubernetes = await cluster.get(Service, { namespace: 'default', name: 'kubernetes' })
      assert.equal(kubernetes?.spec?.clusterIP, '10.96.0.1')
      await server.close()
      if (start === 'second') assert.equal(await storage.revision(), revision)
      revision = await storage.revision()
    }
    await storage.close()
  })

  it('tells of addresses in objects, also of those that were given out before there were any', async () => {
    const storage = await openSqlite({ file: ':memory:' })
    const ports = { storage, clock: new VirtualClock(), random: seededRandom(1) }
    const first = await createApiServer(ports)
    await first.cluster().create(Service, {
      metadata: { namespace: 'default', name: 'web' },
      spec: { clusterIP: '10.96.0.9', ports: [{ port: 80 }] },
    })
    await first.close()
    // As such a store was.
    for (const { key, modified } of (await storage.range(addressMarks.prefix)).entries) {
      await storage.write({ key, value: undefined, expect: modified })
      const former = key.replace(addressMarks.prefix, '/allocations/clusterip/')
      await storage.write({ key: former, value: Buffer.from('{}'), expect: 0 })
    }
    const second = await createApiServer(ports)
    const holders = second.lister
      .list('ipaddresses.networking.k8s.io', '')
      .map(({ object }) => object as IPAddress & KubernetesObject)
      .map(({ metadata, spec }) => `${metadata.name} ${spec?.parentRef?.name}`)
    assert.deepEqual(holders, ['10.96.0.1 kubernetes', '10.96.0.9 web'])
    assert.deepEqual((await storage.range('/allocations/clusterip/')).entries, [])
    await second.close()
    await storage.close()
  })

  it('makes what is missing again', async () => {
    const storage = await openSqlite({ file: ':memory:' })
    const clock = new VirtualClock()
    const server = await createApiServer({ storage, clock, random: seededRandom(1) })
    const cluster = server.cluster()
    await cluster.remove(Service, { namespace: 'default', name: 'kubernetes' })
    await clock.advance(10_000)
    assert.ok(await cluster.get(Service, { namespace: 'default', name: 'kubernetes' }))
    await server.close()
    await storage.close()
  })

  it('shares a store with others: one address for one service, all servers behind their own', async () => {
    const storage = await openSqlite({ file: ':memory:' })
    const clock = new VirtualClock(Date.now())
    const servers = await Promise.all(
      [1, 2].map((seed) =>
        startWireServer({
          storage,
          clock,
          random: seededRandom(seed),
          advertiseAddress: `10.1.1.${seed}`,
        }),
      ),
    )
    const clusters = servers.map(({ server }) => server.cluster())
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        clusters[index % 2]!.create(Service, {
          metadata: { name: `s${index}`, namespace: 'default' },
          spec: { ports: [{ port: 80 }] },
        }),
      ),
    )
    assert.equal(new Set(made.map(({ spec }) => spec?.clusterIP)).size, 40)
    await clusters[0]!.create(Namespace, { metadata: { name: 'fresh' } })
    await clusters[1]!.create(Service, {
      metadata: { name: 'at-once', namespace: 'fresh' },
      spec: { ports: [{ port: 80 }] },
    })
    await clock.advance(20_000)
    const addresses = async () => {
      const place = { namespace: 'default', name: 'kubernetes' }
      const endpoints = await clusters[0]!.get(Endpoints, place)
      return endpoints?.subsets
        ?.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip))
        .sort()
    }
    assert.deepEqual(await addresses(), ['10.1.1.1', '10.1.1.2'])
    await servers[1]!.close()
    await clock.advance(60_000)
    assert.deepEqual(await addresses(), ['10.1.1.1'])
    await servers[0]!.close()
    await storage.close()
  })

  it('says so when the store is gone, and lives on until it is back', async () => {
    const store = await openSqlite({ file: ':memory:' })
    let gone = false
    const reach = async () => {
      if (gone) throw new StorageUnavailableError('the store does not answer')
      return store
    }
    const storage: Storage = {
      get: async (key) => (await reach()).get(key),
      range: async (prefix, options) => (await reach()).range(prefix, options),
      write: async (write) => (await reach()).write(write),
      revision: async () => (await reach()).revision(),
      watch: (prefix, after, options) => store.watch(prefix, after, options),
      compact: (revision) => store.compact(revision),
      note: (key, revision) => store.note(key, revision),
      oldest: () => store.oldest(),
      close: () => store.close(),
    }
    const wire = await startWireServer({ storage })
    const path = '/api/v1/namespaces/default/configmaps'
    gone = true
    const read = await wire.ask('GET', path)
    assert.equal(read.code, 503)
    assert.equal(read.headers['retry-after'], '1')
    const write = await wire.ask('POST', path, { body: { metadata: { name: 'a' } } })
    assert.equal(write.code, 503)
    // It may have happened: nobody is told to do it again.
    assert.equal(write.headers['retry-after'], undefined)
    assert.equal((await wire.ask('GET', '/readyz', { as: null })).code, 500)
    assert.equal((await wire.ask('GET', '/livez', { as: null })).code, 200)
    gone = false
    assert.equal((await wire.ask('GET', '/readyz', { as: null })).code, 200)
    assert.equal((await wire.ask('POST', path, { body: { metadata: { name: 'a' } } })).code, 201)
    await wire.close()
    await store.close()
  })
})
