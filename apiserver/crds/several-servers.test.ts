import assert from 'node:assert/strict'
import { openEtcd } from '../storage/etcd.ts'
import { type EtcdProcess, etcdMissing, startEtcd } from '../storage/etcd-process.ts'
import type { Storage } from '../storage/storage.ts'
import { startWireServer, type WireServer } from '../wire/wire.ts'
import {
  definition,
  definitions,
  established,
  gone,
  namespace,
  version,
  widget,
} from './examples.ts'

const widgets = `/apis/example.com/v1/namespaces/${namespace}/widgets`
const named = `${definitions}/widgets.example.com`

describe('custom resources on several servers of one etcd', function () {
  const missing = etcdMissing()
  if (missing) {
    it(`are not tested here: ${missing}`)
    return
  }
  this.timeout(30_000)
  let etcd: EtcdProcess
  const stores: Storage[] = []
  let a: WireServer
  let b: WireServer

  const server = () => {
    const storage = openEtcd({ endpoints: [etcd.endpoint], prefix: '/servers', timeoutMs: 2_000 })
    stores.push(storage)
    return startWireServer({ storage })
  }

  before(async () => {
    etcd = await startEtcd()
    a = await server()
    b = await server()
  })

  after(async () => {
    await a?.close()
    await b?.close()
    for (const store of stores) await store.close()
    await etcd?.stop()
  })

  const define = async (wire: WireServer, body: object = definition()) => {
    const { code, text } = await wire.ask('POST', definitions, { body })
    assert.equal(code, 201, text)
  }

  it('are served by all of them once any says that they are established', async () => {
    for (let round = 0; round < 10; round++) {
      await define(a)
      // Whoever sees it at one server uses it at the other, at once.
      await established(a, 'widgets.example.com')
      const created = await b.ask('POST', widgets, { body: widget('a') })
      assert.equal(created.code, 201, created.text)
      assert.equal((await a.ask('GET', `${widgets}/a`)).code, 200)
      await b.ask('DELETE', named)
      await gone(a, 'widgets.example.com')
      await gone(b, 'widgets.example.com')
      assert.equal((await a.ask('GET', widgets)).code, 404)
    }
  })

  it('are settled once, whichever server is first', async () => {
    await define(a)
    const one = await established(a, 'widgets.example.com')
    const other = await established(b, 'widgets.example.com')
    assert.equal(one.metadata.resourceVersion, other.metadata.resourceVersion)
  })

  it('are watched at one while they are written at the other', async () => {
    const stream = await b.watch(`${widgets}?watch=true`)
    await a.ask('POST', widgets, { body: widget('w', { size: 0 }) })
    for (let size = 1; size <= 20; size++)
      await a.ask('PATCH', `${widgets}/w`, { body: { spec: { size } } })
    const sizes = (await stream.take(21)).map(({ object }) => object.spec.size)
    assert.deepEqual(
      sizes,
      Array.from({ length: 21 }, (_, size) => size),
    )
    stream.close()
  })

  it('have a new version on all of them', async () => {
    const { json } = await b.ask('GET', named)
    json.spec.versions.push(version('v2', { storage: false }))
    assert.equal((await b.ask('PUT', named, { body: json })).code, 200)
    const newer = widgets.replace('v1', 'v2')
    assert.equal((await a.ask('GET', `${newer}/w`)).json.apiVersion, 'example.com/v2')
  })

  it('are served by a server that starts later', async () => {
    const late = await server()
    try {
      assert.equal((await late.ask('GET', `${widgets}/w`)).json.spec.size, 20)
    } finally {
      await late.close()
    }
  })

  it('go from all of them', async () => {
    const streams = await Promise.all([a, b].map((one) => one.watch(`${widgets}?watch=true`)))
    await a.ask('DELETE', named)
    await gone(b, 'widgets.example.com')
    for (const stream of streams) await stream.ended
    for (const one of [a, b]) assert.equal((await one.ask('GET', widgets)).code, 404)
    assert.deepEqual([...a.reported, ...b.reported], [])
  })
})
