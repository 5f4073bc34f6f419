import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { definition, established } from '../crds/examples.ts'
import { resources } from '../resources/index.ts'
import { apiVersionOf } from '../resources/resource.ts'
import { readEnvelope } from '../schema/protobuf/read.ts'
import { eventOf, plainOf, protobufType, settled } from './protobuf.ts'
import { configMap, deployment, pod, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const accounts = '/api/v1/namespaces/default/serviceaccounts'
const widgets = '/apis/example.com/v1/namespaces/default/widgets'
const headers = { accept: protobufType }
const as = (shape: string, version = 'v1', type = protobufType) =>
  `${type};as=${shape};g=meta.k8s.io;v=${version}`

describe('wire: answers in protobuf', () => {
  let wire: WireServer
  // Certificates are good by the machine's clock.
  const clock = new VirtualClock(Date.now())
  before(async () => {
    wire = await startWireServer({ clock, hub: { limits: { events: 20 } } })
    await wire.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: definition(),
    })
    await established(wire, 'widgets.example.com')
    await wire.ask('POST', widgets, {
      body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } },
    })
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const ask = async (method: string, path: string, body?: object, accept = protobufType) => {
    const answer = await wire.ask(method, path, { headers: { accept }, ...(body && { body }) })
    assert.equal(answer.headers['content-type'], protobufType, answer.text)
    return { code: answer.code, object: plainOf(answer.bytes) }
  }

  it('are what the answers in JSON are, for lists of every kind', async () => {
    for (const resource of resources.filter(({ virtual }) => !virtual)) {
      const { group, plural } = resource
      const path = `/${group === '' ? 'api' : 'apis'}/${apiVersionOf(resource)}/${plural}`
      const { json } = await wire.ask('GET', path)
      assert.deepEqual((await ask('GET', path)).object, settled(json), path)
    }
  })

  it('tell what was made, changed, read and deleted', async () => {
    const made = await ask('POST', maps, configMap('a', { x: 'y' }))
    assert.equal(made.code, 201)
    assert.equal(made.object.metadata.name, 'a')
    const changed = await ask('PATCH', `${maps}/a`, { data: { x: 'z' } })
    assert.equal(changed.object.data.x, 'z')
    const replaced = await ask('PUT', `${maps}/a`, configMap('a', { x: 'ä' }))
    const { json } = await wire.ask('GET', `${maps}/a`)
    assert.deepEqual(replaced.object, settled(json))
    assert.deepEqual((await ask('GET', `${maps}/a`)).object, settled(json))
    const { object } = await ask('DELETE', `${maps}/a`)
    assert.deepEqual([object.kind, object.status, object.details.name], ['Status', 'Success', 'a'])
    const { object: gone } = await ask('GET', `${maps}/a`)
    assert.deepEqual([gone.kind, gone.code, gone.reason], ['Status', 404, 'NotFound'])
    for (const name of ['b', 'c'])
      await ask('POST', maps, { ...configMap(name), metadata: { name, labels: { of: 'two' } } })
    const { object: both } = await ask('DELETE', `${maps}?labelSelector=of%3Dtwo`)
    assert.deepEqual([both.kind, both.items.length], ['ConfigMapList', 2])
  })

  it('tell of subresources and of what is never stored', async () => {
    await wire.ask('POST', pods, { body: pod('p') })
    const deployments = '/apis/apps/v1/namespaces/default/deployments'
    await wire.ask('POST', deployments, { body: deployment('web', 3) })
    const { object: scale } = await ask('GET', `${deployments}/web/scale`)
    assert.deepEqual([scale.kind, scale.spec.replicas], ['Scale', 3])
    const nodes = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } }
    const bound = await ask('POST', `${pods}/p/binding`, nodes)
    assert.deepEqual([bound.code, bound.object.kind], [201, 'Status'])
    const evicted = await ask('POST', `${pods}/p/eviction`, { metadata: { name: 'p' } })
    assert.equal(evicted.object.status, 'Success')
    await wire.ask('POST', accounts, { body: { metadata: { name: 'sa' } } })
    const { object: token } = await ask('POST', `${accounts}/sa/token`, { spec: {} })
    assert.match(token.status.token, /^ey/)
    const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const spec = { resourceAttributes: { verb: 'get', resource: 'pods' } }
    assert.equal((await ask('POST', review, { spec })).object.status.allowed, true)
  })

  it('are what the answers in JSON are, for every review', async () => {
    const attributes = {
      resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' },
    }
    const spec = { ...attributes, user: 'jane', groups: ['g'], extra: { a: ['b'] } }
    const authorization = '/apis/authorization.k8s.io/v1'
    const reviews: [path: string, spec: object][] = [
      ['/apis/authentication.k8s.io/v1/tokenreviews', { token: 'none' }],
      ['/apis/authentication.k8s.io/v1/selfsubjectreviews', {}],
      [`${authorization}/subjectaccessreviews`, spec],
      [`${authorization}/namespaces/default/localsubjectaccessreviews`, spec],
      [`${authorization}/selfsubjectaccessreviews`, attributes],
      [`${authorization}/selfsubjectrulesreviews`, { namespace: 'default' }],
    ]
    for (const [path, spec] of reviews) {
      const { code, json } = await wire.ask('POST', path, { body: { spec } })
      assert.equal(code, 201, path)
      const { object } = await ask('POST', path, { spec })
      assert.deepEqual({ ...object, metadata: {} }, { ...settled(json), metadata: {} }, path)
    }
  })

  it('tell metadata alone, of custom resources as well', async () => {
    const one = await ask('GET', `${widgets}/w`, undefined, as('PartialObjectMetadata'))
    assert.deepEqual([one.object.kind, one.object.metadata.name], ['PartialObjectMetadata', 'w'])
    assert.equal(one.object.apiVersion, 'meta.k8s.io/v1')
    const list = await ask('GET', widgets, undefined, as('PartialObjectMetadataList'))
    assert.equal(list.object.kind, 'PartialObjectMetadataList')
    assert.ok(list.object.metadata.resourceVersion)
    assert.deepEqual(list.object.items, [{ metadata: one.object.metadata }])
  })

  it('tell metadata of the older version, where a list has its fields the other way round', async () => {
    const accept = as('PartialObjectMetadataList', 'v1beta1')
    const { bytes } = await wire.ask('GET', widgets, { headers: { accept } })
    const { apiVersion, kind, raw } = readEnvelope(bytes)
    assert.deepEqual([apiVersion, kind], ['meta.k8s.io/v1beta1', 'PartialObjectMetadataList'])
    const newer = { accept: as('PartialObjectMetadataList') }
    const { raw: other } = readEnvelope((await wire.ask('GET', widgets, { headers: newer })).bytes)
    // One item behind the metadata, which is short.
    const metadata = other.subarray(0, 2 + other[1]!)
    const item = other.subarray(metadata.length)
    const numbered = (number: number, field: Buffer) =>
      Buffer.concat([Buffer.from([number]), field.subarray(1)])
    assert.deepEqual(raw, Buffer.concat([numbered(0x0a, item), numbered(0x12, metadata)]))
  })

  it('are refused where there are none, and left for JSON where that is taken too', async () => {
    const { code, text } = await wire.ask('GET', widgets, { headers })
    assert.equal(code, 406)
    assert.match(text, /only the following media types are accepted: application\/json/)
    for (const [path, accept] of [
      [widgets, `${protobufType},application/json`],
      [maps, `${as('Table')},application/json`],
      [maps, `${as('Table')},${as('Table', 'v1', 'application/json')}`],
    ] as const) {
      const answer = await wire.ask('GET', path, { headers: { accept } })
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.equal(answer.code, 200)
    }
    assert.equal((await wire.ask('GET', maps, { headers: { accept: as('Table') } })).code, 406)
  })

  it('tell errors in JSON to whoever takes nothing but other shapes in protobuf', async () => {
    const accept = `${as('PartialObjectMetadata')},application/json`
    const { headers, json } = await wire.ask('GET', `${maps}/none`, { headers: { accept } })
    assert.deepEqual([headers['content-type'], json.reason], ['application/json', 'NotFound'])
    const nobody = await wire.ask('GET', maps, { headers: { accept: protobufType }, as: null })
    assert.equal(plainOf(nobody.bytes).code, nobody.code)
  })

  it('tell of lists larger than any buffer, with their length', async () => {
    const data = { a: 'x'.repeat(30_000) }
    for (const name of ['l1', 'l2', 'l3', 'l4'])
      await wire.ask('POST', maps, { body: configMap(name, data) })
    const { bytes, headers: told } = await wire.ask('GET', maps, { headers })
    assert.equal(Number(told['content-length']), bytes.length)
    const { json } = await wire.ask('GET', maps)
    assert.deepEqual(plainOf(bytes), settled(json))
    const { object: page } = await ask('GET', `${maps}?limit=1`)
    assert.equal(page.metadata.remainingItemCount, json.items.length - 1)
    assert.equal((await ask('GET', `${maps}?limit=1&continue=${page.metadata.continue}`)).code, 200)
  })

  it('tell what is served', async () => {
    for (const path of ['/api', '/apis', '/apis/apps', '/apis/apps/v1', '/api/v1']) {
      const { json, headers: other } = await wire.ask('GET', path)
      const { object } = await ask('GET', path)
      assert.deepEqual(object, settled(json), path)
      const { headers: told } = await wire.ask('GET', path, { headers })
      assert.notEqual(told.etag, other.etag)
      assert.equal(told.vary, 'Accept')
    }
    const shape = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const ofType = (type: string) =>
      wire.ask('GET', '/apis', { headers: { accept: `${type};${shape}` } })
    const { bytes, headers: told } = await ofType(protobufType)
    assert.equal(told['content-type'], `${protobufType};${shape}`)
    assert.deepEqual(plainOf(bytes), settled((await ofType('application/json')).json))
  })

  describe('of watches', () => {
    const since = async () => (await wire.ask('GET', maps)).json.metadata.resourceVersion
    const change = async () => {
      await wire.ask('POST', maps, { body: configMap('e') })
      await wire.ask('PATCH', `${maps}/e`, { body: { data: { a: 'b' } } })
      await wire.ask('DELETE', `${maps}/e`)
    }
    const types = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']

    it('are frames of the same events, bookmarks included', async () => {
      const query = `watch=1&timeoutSeconds=60&allowWatchBookmarks=true&resourceVersion=${await since()}`
      const lines = await wire.watch(`${maps}?${query}`)
      const frames = await wire.watch(`${maps}?${query}`, { accept: protobufType })
      assert.equal(frames.headers['content-type'], `${protobufType};stream=watch`)
      await change()
      await clock.advance(60_000)
      const told = await frames.take(4)
      assert.deepEqual(
        told.map(({ type }) => type),
        types,
      )
      const same = (await lines.take(4)).map(({ type, object }) => ({
        type,
        object: settled(object),
      }))
      assert.deepEqual(told, same)
      await frames.ended
    })

    it('are metadata alone where that is asked for', async () => {
      const accept = `${as('PartialObjectMetadata')};stream=watch`
      const query = `watch=1&timeoutSeconds=60&allowWatchBookmarks=true&resourceVersion=${await since()}`
      const frames = await wire.watch(`${maps}?${query}`, { accept })
      await change()
      await clock.advance(60_000)
      const told = await frames.take(4)
      assert.deepEqual(
        told.map(({ type }) => type),
        types,
      )
      for (const { object } of told) {
        assert.deepEqual([object.kind, object.data], ['PartialObjectMetadata', undefined])
        assert.ok(object.metadata.resourceVersion)
      }
    })

    it('end with a status where the version is too old', async () => {
      for (let index = 0; index < 25; index++)
        await wire.ask('POST', maps, { body: configMap(`m${index}`) })
      const frames = await wire.watch(`${maps}?watch=1&resourceVersion=1`, headers)
      const [{ type, object }] = await frames.take(2)
      assert.deepEqual([type, object.kind, object.code], ['ERROR', 'Status', 410])
      await frames.ended
    })

    it('are messages of their own, without lengths, over WebSocket', async () => {
      const { certificate: cert, key } = wire.admin
      const ca = wire.authority.certificate
      const url = `${wire.server.url.replace('https', 'wss')}${maps}?watch=1`
      const socket = new WebSocket(url, { ca, cert, key, headers })
      const [message, binary] = (await once(socket, 'message')) as [Buffer, boolean]
      socket.close()
      const { type, object } = eventOf(message)
      assert.deepEqual([type, object.kind, binary], ['ADDED', 'ConfigMap', true])
    })
  })
})
