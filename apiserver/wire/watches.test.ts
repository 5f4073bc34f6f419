import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { configMap, pod, type Stream, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'
interface Event {
  type: string
  object: {
    metadata: { name: string; resourceVersion: string; labels?: object }
    [field: string]: unknown
  }
}
const told = (events: Event[]) =>
  events.map(({ type, object }) => `${type} ${object.metadata.name}`)

const indexOf = ({ object }: { object: { data: { index?: string } } }) => object.data.index

describe('wire: watches', () => {
  let wire: WireServer
  let clock: VirtualClock
  const streams: Stream[] = []

  beforeEach(async () => {
    // Certificates are good by the machine's clock.
    clock = new VirtualClock(Date.now())
    wire = await startWireServer({ clock, hub: { limits: { events: 20 } } })
  })
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close()
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const open = async (path: string, headers?: Record<string, string>) => {
    const stream = await wire.watch(path, headers)
    streams.push(stream)
    return stream
  }
  const create = async (name: string, labels = {}) =>
    (await wire.ask('POST', maps, { body: configMap(name, {}, { labels }) })).json
  const version = async () => (await wire.ask('GET', maps)).json.metadata.resourceVersion

  it('send their headers before anything happens', async () => {
    const stream = await open(`${maps}?watch=true&resourceVersion=${await version()}`)
    assert.equal(stream.code, 200)
    assert.equal(stream.headers['content-type'], 'application/json')
    assert.equal(stream.headers['transfer-encoding'], 'chunked')
  })

  it('are a message an event over WebSocket', async () => {
    await create('a')
    const { certificate: cert, key } = wire.admin
    const ca = wire.authority.certificate
    const url = `${wire.server.url.replace('https', 'wss')}${maps}`
    const socket = new WebSocket(`${url}?watch=true`, { ca, cert, key })
    const heard: Event[] = []
    const two = new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (data, binary) => {
        assert.equal(binary, false)
        heard.push(JSON.parse(String(data)))
        if (heard.length === 2) resolve()
      })
    })
    socket.once('message', () => void create('b'))
    await two
    socket.close()
    assert.deepEqual(
      told(heard).filter((text) => !text.includes('kube-root')),
      ['ADDED a', 'ADDED b'],
    )
    const refused = new WebSocket(`${url}?watch=true&fieldSelector=no.such%3Dx`, { ca, cert, key })
    const [error] = (await once(refused, 'error')) as [Error]
    assert.match(error.message, /400/)
    const foreign = new WebSocket(`${url}?watch=true`, {
      ca,
      cert,
      key,
      origin: 'https://evil.example.com',
    })
    const [forbidden] = (await once(foreign, 'error')) as [Error]
    assert.match(forbidden.message, /403/)
  })

  it('tell what there is, then each change once, in order, with kind and version', async () => {
    await create('b')
    await create('a')
    const stream = await open(`${maps}?watch=1`)
    await wire.ask('PATCH', `${maps}/a`, { body: { data: { x: 'y' } } })
    await wire.ask('DELETE', `${maps}/b`)
    const events = await stream.take(4)
    assert.deepEqual(told(events), ['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b'])
    for (const { object } of events) {
      assert.equal(object.kind, 'ConfigMap')
      assert.equal(object.apiVersion, 'v1')
    }
    const versions = events.slice(2).map(({ object }) => Number(object.metadata.resourceVersion))
    assert.equal(versions[1], versions[0]! + 1)
  })

  it('go on strictly after the version they are given', async () => {
    const a = await create('a')
    await create('b')
    const stream = await open(`${maps}?watch=True&resourceVersion=${a.metadata.resourceVersion}`)
    assert.deepEqual(told(await stream.take(1)), ['ADDED b'])
  })

  it('are not told of writes that change nothing', async () => {
    const made = await create('a')
    const stream = await open(`${maps}?watch=true&resourceVersion=${made.metadata.resourceVersion}`)
    await wire.ask('PUT', `${maps}/a`, { body: made })
    await wire.ask('PATCH', `${maps}/a`, { body: {} })
    await create('end')
    assert.deepEqual(told(await stream.take(1)), ['ADDED end'])
  })

  it('show what begins and ceases to match as added and deleted, in its last matching form', async () => {
    await create('a', { app: 'x' })
    const stream = await open(`${maps}?watch=true&labelSelector=app%3Dx`)
    await stream.take(1)
    const body = { metadata: { labels: { app: 'y' } } }
    const left = await wire.ask('PATCH', `${maps}/a`, { body })
    await wire.ask('PATCH', `${maps}/a`, { body: { metadata: { labels: { app: 'x' } } } })
    const [deleted, added] = await stream.take(2)
    assert.equal(deleted.type, 'DELETED')
    assert.deepEqual(deleted.object.metadata.labels, { app: 'x' })
    assert.equal(deleted.object.metadata.resourceVersion, left.json.metadata.resourceVersion)
    assert.equal(added.type, 'ADDED')
  })

  it('of one name hear of that alone', async () => {
    const stream = await open(`${maps}/b?watch=true`)
    await create('a')
    await create('b')
    assert.deepEqual(told(await stream.take(1)), ['ADDED b'])
    const old = await open('/api/v1/watch/namespaces/default/configmaps')
    assert.equal((await old.take(1))[0].type, 'ADDED')
    const same = await open(`${maps}/b?watch=true&fieldSelector=metadata.name%3Db`)
    assert.deepEqual(told(await same.take(1)), ['ADDED b'])
    for (const field of ['metadata.name%3Da', 'metadata.namespace%3Ddefault']) {
      const { code, json } = await wire.ask('GET', `${maps}/b?watch=true&fieldSelector=${field}`)
      assert.equal(code, 400)
      assert.equal(json.message, "fieldSelector metadata.name doesn't match requested name")
    }
  })

  it('too old are told so in the stream', async () => {
    for (let index = 0; index < 30; index++) await create(`m${index}`)
    const stream = await open(`${maps}?watch=true&resourceVersion=1`)
    assert.equal(stream.code, 200)
    const [event] = await stream.take(2)
    assert.equal(event.type, 'ERROR')
    assert.equal(event.object.kind, 'Status')
    assert.equal(event.object.code, 410)
    assert.equal(event.object.reason, 'Expired')
    assert.match(event.object.message, /^too old resource version: 1 \(\d+\)$/)
    await stream.ended
  })

  it('end after their time, with a last bookmark', async () => {
    const stream = await open(`${maps}?watch=true&allowWatchBookmarks=true&timeoutSeconds=5`)
    const made = await create('a')
    // The first one says that there was nothing to begin with.
    await stream.take(2)
    await wire.ask('POST', '/api/v1/namespaces/default/pods', { body: pod('p') })
    await clock.advance(5_000)
    const [bookmark] = await stream.take(1)
    assert.equal(bookmark.type, 'BOOKMARK')
    assert.equal(bookmark.object.kind, 'ConfigMap')
    assert.ok(Number(bookmark.object.metadata.resourceVersion) > made.metadata.resourceVersion)
    await stream.ended
  })

  it('get a bookmark a minute, and none unless they asked', async () => {
    const silent = await open(`${maps}?watch=true`)
    const stream = await open(`${maps}?watch=true&allowWatchBookmarks=true`)
    const [begun] = await stream.take(1)
    assert.deepEqual(begun.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' })
    await wire.ask('POST', '/api/v1/namespaces/default/pods', { body: pod('p') })
    await clock.advance(61_000)
    const [bookmark] = await stream.take(1)
    assert.equal(bookmark.type, 'BOOKMARK')
    assert.deepEqual(Object.keys(bookmark.object).sort(), ['apiVersion', 'kind', 'metadata'])
    await create('end')
    assert.deepEqual(told(await silent.take(1)), ['ADDED end'])
  })

  it('that want the initial state are told where it ends', async () => {
    await create('a')
    const query =
      'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const stream = await open(`${maps}?${query}`)
    const [added, bookmark] = await stream.take(2)
    assert.equal(added.type, 'ADDED')
    assert.equal(bookmark.type, 'BOOKMARK')
    assert.deepEqual(bookmark.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' })
    assert.equal(bookmark.object.metadata.resourceVersion, await version())
    await create('b')
    assert.deepEqual(told(await stream.take(1)), ['ADDED b'])
  })

  it('refuse options that exclude each other', async () => {
    for (const query of [
      'sendInitialEvents=true',
      'sendInitialEvents=true&resourceVersionMatch=Exact',
      'resourceVersionMatch=NotOlderThan&resourceVersion=1',
    ]) {
      const { code, json } = await wire.ask('GET', `${maps}?watch=true&${query}`)
      assert.equal(code, 422, query)
      assert.equal(json.details.kind, 'ListOptions')
    }
  })

  it('as tables bear the columns once', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
    await create('a')
    const stream = await open(`${maps}?watch=true&allowWatchBookmarks=true`, { accept })
    await create('b')
    await wire.ask('POST', '/api/v1/namespaces/default/pods', { body: pod('p') })
    const [first, ended, second] = await stream.take(3)
    assert.equal(first.object.kind, 'Table')
    assert.equal(ended.type, 'BOOKMARK')
    assert.equal(ended.object.columnDefinitions, null)
    assert.ok(first.object.columnDefinitions.length > 0)
    assert.equal(second.object.columnDefinitions, null)
    assert.equal(second.object.rows[0].cells[0], 'b')
    await clock.advance(61_000)
    const [bookmark] = await stream.take(1)
    assert.equal(bookmark.type, 'BOOKMARK')
    assert.equal(bookmark.object.kind, 'Table')
    assert.match(bookmark.object.rows[0].object.metadata.resourceVersion, /^\d+$/)
  })

  it('as metadata bear no more than metadata', async () => {
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
    await create('a')
    const stream = await open(`${maps}?watch=true`, { accept })
    const [{ object }] = await stream.take(1)
    assert.equal(object.kind, 'PartialObjectMetadata')
    assert.equal(object.data, undefined)
    assert.equal(object.metadata.name, 'a')
  })

  it('that nobody reads are cut, while others go on, and miss nothing when they come back', async () => {
    const data = { blob: 'x'.repeat(1_000_000) }
    const stuck = await open(`${maps}?watch=true`)
    const lively = await open(`${maps}?watch=true`)
    // Nothing is read from its socket any more.
    stuck.pause()
    await wire.ask('POST', maps, { body: configMap('big', data) })
    const all = await lively.take(1)
    // Twenty megabytes are more than buffers hold on the way.
    for (let index = 0; index < 19; index++) {
      const body = configMap('big', { ...data, index: `${index}` })
      await wire.ask('PUT', `${maps}/big`, { body })
      // Read before the next is written: how fast this process is does not matter.
      all.push(...(await lively.take(1)))
    }
    assert.equal(all.length, 20)
    await clock.advance(10_000)
    stuck.resume()
    await stuck.ended
    const seen = await stuck.take(20)
    assert.ok(seen.length > 0 && seen.length < 20, `${seen.length} events`)
    const last = seen.at(-1).object.metadata.resourceVersion
    const back = await open(`${maps}?watch=true&resourceVersion=${last}`)
    seen.push(...(await back.take(20 - seen.length)))
    assert.deepEqual(seen.map(indexOf), all.map(indexOf))
  }).timeout(20_000)

  it('begin with more than any buffer holds, and all of it arrives', async () => {
    const data = { blob: 'x'.repeat(1_000_000) }
    for (let at = 10; at < 34; at++)
      await wire.ask('POST', maps, { body: configMap(`m${at}`, data) })
    const stream = await open(`${maps}?watch=true&allowWatchBookmarks=true`)
    const events = await stream.take(25)
    assert.deepEqual(
      events.slice(0, -1).map(({ object }) => object.metadata.name),
      Array.from({ length: 24 }, (_, at) => `m${at + 10}`),
    )
    assert.equal(events[24]?.type, 'BOOKMARK')
  }).timeout(20_000)

  it('select by fields what enters and leaves, in the form that still matched', async () => {
    const pods = '/api/v1/namespaces/default/pods'
    const stream = await open(`${pods}?watch=true&fieldSelector=status.phase%3DPending`)
    const { json } = await wire.ask('POST', pods, { body: pod('p') })
    const body = { ...json, status: { ...json.status, phase: 'Running' } }
    const run = await wire.ask('PUT', `${pods}/p/status`, { body })
    const [added, deleted] = await stream.take(2)
    assert.equal(added.type, 'ADDED')
    assert.equal(deleted.type, 'DELETED')
    assert.equal(deleted.object.status.phase, 'Pending')
    assert.equal(deleted.object.metadata.resourceVersion, run.json.metadata.resourceVersion)
  })

  it('have paths of their own, from of old', async () => {
    await create('a')
    for (const path of [
      '/api/v1/watch/namespaces/default/configmaps',
      '/api/v1/watch/namespaces/default/configmaps/a',
      '/api/v1/watch/configmaps?fieldSelector=metadata.namespace%3Ddefault',
    ])
      assert.deepEqual(told(await (await open(path)).take(1)), ['ADDED a'], path)
    const one = await open('/api/v1/watch/namespaces/default')
    assert.deepEqual(told(await one.take(1)), ['ADDED default'])
  })

  it('of whose headers alone somebody asks end with them', async () => {
    const { code, headers, text } = await wire.ask('HEAD', `${maps}?watch=true`)
    assert.equal(code, 200)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(text, '')
    assert.equal((await wire.ask('HEAD', maps)).code, 200)
  })

  it('end when the server stops, having said how far they are', async () => {
    const stream = await open(`${maps}?watch=true&allowWatchBookmarks=true`)
    await create('a')
    await stream.take(2)
    await wire.ask('POST', '/api/v1/namespaces/default/pods', { body: pod('p') })
    await wire.server.close(1_000)
    assert.equal((await stream.take(1))[0].type, 'BOOKMARK')
    await stream.ended
  })
})
