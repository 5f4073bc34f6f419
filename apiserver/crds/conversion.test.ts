import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { KubernetesObject } from '../../api/object.ts'
import { createAuthority } from '../auth/certificates.ts'
import { startWireServer, type WireServer } from '../wire/wire.ts'
import { definition, definitions, established, gone, namespace, version } from './examples.ts'

interface Host extends KubernetesObject {
  spec: { hostPort?: string; host?: string; port?: string }
}
interface Review {
  request: { uid: string; desiredAPIVersion: string; objects: Host[] }
}

const group = 'example.com'
const at = (name: string) => `/apis/${group}/${name}/namespaces/${namespace}/hosts`

/** `hostPort` in one field in v1, in two in v2. */
function converted(object: Host, apiVersion: string): Host {
  const { hostPort, host, port } = object.spec ?? {}
  return { ...object, apiVersion, spec: apiVersion.endsWith('/v2') ? apart() : together() }

  function apart() {
    const [one = '', other = ''] = hostPort?.split(':') ?? []
    return hostPort === undefined ? {} : { host: one, port: other }
  }
  function together() {
    return host === undefined && port === undefined
      ? {}
      : { hostPort: `${host ?? ''}:${port ?? ''}` }
  }
}

const schemaOf = (fields: string[], more: object = {}) =>
  version('v0', {
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])),
          },
        },
      },
    },
    ...more,
  })

const v1 = (more: object = {}) => schemaOf(['hostPort'], { name: 'v1', ...more })
const v2 = (more: object = {}) => schemaOf(['host', 'port'], { name: 'v2', ...more })

describe('versions of a custom resource', () => {
  let wire: WireServer
  let webhook: Server
  let caBundle = ''
  let url = ''
  let reviews: Review[] = []
  let answer: (review: Review) => object = () => ({})

  const fair = ({ request }: Review) => ({
    uid: request.uid,
    result: { status: 'Success' },
    convertedObjects: request.objects.map((object) => converted(object, request.desiredAPIVersion)),
  })

  before(async () => {
    const authority = await createAuthority()
    const { certificate, key } = await authority.issue({
      commonName: 'webhook',
      ipAddresses: ['127.0.0.1'],
      server: true,
    })
    caBundle = Buffer.from(authority.certificate).toString('base64')
    webhook = createServer({ cert: certificate, key }, async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review
      reviews.push(review)
      const { apiVersion, kind } = review as unknown as KubernetesObject
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ apiVersion, kind, response: answer(review) }))
    })
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve))
    url = `https://127.0.0.1:${(webhook.address() as AddressInfo).port}/convert`
  })

  after(() => webhook.close())

  beforeEach(async () => {
    wire = await startWireServer()
    reviews = []
    answer = fair
  })

  afterEach(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const define = async (conversion: object | undefined, versions: object[]) => {
    const body = definition({ plural: 'hosts', kind: 'Host', versions, conversion })
    const { code, text, json } = await wire.ask('POST', definitions, { body })
    assert.equal(code, 201, text)
    await established(wire, json.metadata.name)
  }
  const hook = () => ({
    strategy: 'Webhook',
    webhook: { clientConfig: { url, caBundle }, conversionReviewVersions: ['v2', 'v1'] },
  })
  const host = (name: string, spec: object, of = 'v1') => ({
    apiVersion: `${group}/${of}`,
    kind: 'Host',
    metadata: { name },
    spec,
  })
  const create = async (name: string, spec: object, of = 'v1') => {
    const { code, text, json } = await wire.ask('POST', at(of), { body: host(name, spec, of) })
    assert.equal(code, 201, text)
    return json
  }
  const stored = async (name: string) => {
    const { entry } = await wire.storage.get(`/registry/${group}/hosts/${namespace}/${name}`)
    return JSON.parse(entry!.value.toString())
  }
  const store = async (storage: string) => {
    const path = `${definitions}/hosts.${group}`
    const { json } = await wire.ask('GET', path)
    for (const one of json.spec.versions) one.storage = one.name === storage
    const { code, text } = await wire.ask('PUT', path, { body: json })
    assert.equal(code, 200, text)
    return (await wire.ask('GET', path)).json
  }

  it('are all the same object, renamed where nothing converts it', async () => {
    await define(undefined, [v1(), v1({ name: 'v2', storage: false })])
    await create('a', { hostPort: 'x:1' }, 'v2')
    assert.equal((await stored('a')).apiVersion, 'example.com/v1')
    for (const name of ['v1', 'v2']) {
      const { json } = await wire.ask('GET', `${at(name)}/a`)
      assert.equal(json.apiVersion, `${group}/${name}`)
      assert.deepEqual(json.spec, { hostPort: 'x:1' })
      const list = await wire.ask('GET', at(name))
      assert.equal(list.json.apiVersion, `${group}/${name}`)
      assert.equal(list.json.items[0].apiVersion, `${group}/${name}`)
    }
  })

  it('are converted by the webhook, a list in one request', async () => {
    await define(hook(), [v1(), v2({ storage: false })])
    for (const name of ['a', 'b', 'c']) await create(name, { hostPort: `${name}:80` })
    assert.equal(reviews.length, 0)
    const { json } = await wire.ask('GET', at('v2'))
    assert.deepEqual(
      json.items.map(({ apiVersion, spec }: Host) => [apiVersion, spec]),
      ['a', 'b', 'c'].map((name) => [`${group}/v2`, { host: name, port: '80' }]),
    )
    assert.equal(reviews.length, 1)
    assert.equal(reviews[0]?.request.desiredAPIVersion, `${group}/v2`)
    // Each version is asked for once.
    await wire.ask('GET', at('v2'))
    assert.equal((await wire.ask('GET', `${at('v2')}/b`)).json.spec.host, 'b')
    assert.equal(reviews.length, 1)
  })

  it('are written in any, and stored in one', async () => {
    await define(hook(), [v1(), v2({ storage: false })])
    const created = await create('a', { host: 'x', port: '1' }, 'v2')
    assert.deepEqual(created.spec, { host: 'x', port: '1' })
    assert.deepEqual((await stored('a')).spec, { hostPort: 'x:1' })
    const patched = await wire.ask('PATCH', `${at('v2')}/a`, { body: { spec: { port: '2' } } })
    assert.deepEqual(patched.json.spec, { host: 'x', port: '2' })
    assert.deepEqual((await wire.ask('GET', `${at('v1')}/a`)).json.spec, { hostPort: 'x:2' })
  })

  describe('whose fields are owned in another', () => {
    const apply = (of: string, spec: object, query: string) =>
      wire.ask('PATCH', `${at(of)}/a?fieldManager=${query}`, {
        headers: { 'Content-Type': 'application/apply-patch+yaml' },
        body: JSON.stringify(host('a', spec, of)),
      })
    const managers = (json: { metadata: { managedFields?: { manager: string }[] } }) =>
      (json.metadata.managedFields ?? []).map(({ manager }) => manager)

    beforeEach(async () => {
      await define(hook(), [v1(), v2({ storage: false })])
      assert.equal((await apply('v1', { hostPort: 'x:1' }, 'older')).code, 201)
    })

    it('conflict where applying changes what they mean there', async () => {
      const same = await apply('v2', { port: '1' }, 'newer')
      assert.equal(same.code, 200, same.text)
      const { code, json } = await apply('v2', { port: '2' }, 'newer')
      assert.equal(code, 409)
      assert.equal(
        json.message,
        'Apply failed with 1 conflict: conflict with "older": .spec.hostPort',
      )
      const forced = await apply('v2', { port: '2' }, 'newer&force=true')
      assert.deepEqual(forced.json.spec, { host: 'x', port: '2' })
      assert.deepEqual(managers(forced.json), ['newer'])
    })

    it('lose them to writes that change what they mean there', async () => {
      const { json } = await wire.ask('PATCH', `${at('v2')}/a`, { body: { spec: { port: '3' } } })
      assert.deepEqual(json.spec, { host: 'x', port: '3' })
      assert.ok(!managers(json).includes('older'))
    })

    it('stay with their manager, who applies in the other and removes them', async () => {
      const { json } = await apply('v2', {}, 'older')
      assert.deepEqual(json.spec, {})
      assert.deepEqual(managers(json), ['older'])
    })

    it('are left alone by writes while the webhook fails, and nothing is applied then', async () => {
      answer = () => ({})
      const labels = { more: 'labels' }
      const { code, json } = await wire.ask('PATCH', `${at('v1')}/a`, {
        body: { metadata: { labels } },
      })
      assert.equal(code, 200)
      assert.ok(managers(json).includes('older'))
      const newer = await apply('v2', { port: '2' }, 'newer')
      assert.equal(newer.code, 500)
    })
  })

  it('are watched each in its own, in order', async () => {
    await define(hook(), [v1(), v2({ storage: false })])
    await create('a', { hostPort: 'x:0' })
    const [older, newer] = await Promise.all([
      wire.watch(`${at('v1')}?watch=true`),
      wire.watch(`${at('v2')}?watch=true`),
    ])
    for (let port = 1; port <= 20; port++)
      await wire.ask('PATCH', `${at('v1')}/a`, { body: { spec: { hostPort: `x:${port}` } } })
    await wire.ask('DELETE', `${at('v1')}/a`)
    const told = (events: { type: string; object: Host }[]) =>
      events.map(({ type, object }) => [type, object.apiVersion, object.spec])
    const ports = Array.from({ length: 21 }, (_, port) => port)
    const kinds = ['ADDED', ...ports.slice(1).map(() => 'MODIFIED'), 'DELETED']
    const last = [...ports, 20]
    assert.deepEqual(
      told(await older.take(22)),
      kinds.map((type, n) => [type, `${group}/v1`, { hostPort: `x:${last[n]}` }]),
    )
    assert.deepEqual(
      told(await newer.take(22)),
      kinds.map((type, n) => [type, `${group}/v2`, { host: 'x', port: `${last[n]}` }]),
    )
    older.close()
    newer.close()
  })

  it('change which is stored: writes that change nothing move objects over', async () => {
    await define(hook(), [v1(), v2({ storage: false })])
    const { metadata } = await create('a', { hostPort: 'x:1' })
    const { status } = await store('v2')
    assert.deepEqual(status.storedVersions, ['v1', 'v2'])
    assert.equal((await stored('a')).apiVersion, `${group}/v1`)
    const { json } = await wire.ask('GET', `${at('v1')}/a`)
    assert.equal(json.metadata.resourceVersion, metadata.resourceVersion)
    const moved = await wire.ask('PUT', `${at('v1')}/a`, { body: json })
    assert.notEqual(moved.json.metadata.resourceVersion, metadata.resourceVersion)
    assert.equal(moved.json.metadata.generation, 1)
    assert.equal((await stored('a')).apiVersion, `${group}/v2`)
    assert.deepEqual((await stored('a')).spec, { host: 'x', port: '1' })
    const again = await wire.ask('PUT', `${at('v1')}/a`, { body: moved.json })
    assert.equal(again.json.metadata.resourceVersion, moved.json.metadata.resourceVersion)
    const path = `${definitions}/hosts.${group}`
    await wire.ask('PATCH', `${path}/status`, { body: { status: { storedVersions: ['v2'] } } })
    assert.deepEqual((await wire.ask('GET', path)).json.status.storedVersions, ['v2'])
  })

  it('keep what a webhook may not change, and take labels and annotations', async () => {
    await define(hook(), [v1(), v2({ storage: false })])
    const { metadata } = await create('a', { hostPort: 'x:1' })
    answer = (review) => {
      const { convertedObjects, ...rest } = fair(review)
      const changed = convertedObjects.map((object) => ({
        ...object,
        metadata: {
          ...object.metadata,
          labels: { new: 'yes' },
          generation: 9,
          finalizers: ['x/y'],
        },
      }))
      return { ...rest, convertedObjects: changed }
    }
    const { json } = await wire.ask('GET', `${at('v2')}/a`)
    assert.deepEqual(json.metadata.labels, { new: 'yes' })
    assert.equal(json.metadata.generation, 1)
    assert.equal(json.metadata.finalizers, undefined)
    assert.equal(json.metadata.uid, metadata.uid)
    const selected = await wire.ask('GET', `${at('v2')}?labelSelector=new%3Dyes`)
    assert.equal(selected.json.items.length, 1)
  })

  const bad: [string, (review: Review) => object, RegExp][] = [
    [
      'refuses',
      ({ request: { uid } }) => ({ uid, result: { status: 'Failure', message: 'not today' } }),
      /^conversion webhook for example.com\/v1, Kind=Host failed: not today$/,
    ],
    [
      'answers another request',
      (review) => ({ ...fair(review), uid: 'other' }),
      /failed: expected response.uid="[^"]+", got "other"$/,
    ],
    [
      'loses an object',
      (review) => ({ ...fair(review), convertedObjects: [] }),
      /Kind=Host returned 0 objects, expected 1$/,
    ],
    [
      'changes the name',
      (review) => ({
        ...fair(review),
        convertedObjects: fair(review).convertedObjects.map((object) => ({
          ...object,
          metadata: { ...object.metadata, name: 'other' },
        })),
      }),
      /invalid converted object at index 0: must have the same name: a != other$/,
    ],
    [
      'forgets to convert',
      (review) => ({ ...fair(review), convertedObjects: review.request.objects }),
      /index 0: invalid groupVersion \(expected example.com\/v2, received example.com\/v1\)$/,
    ],
  ]
  for (const [what, wrong, message] of bad)
    it(`cannot be read while the webhook ${what}`, async () => {
      await define(hook(), [v1(), v2({ storage: false })])
      await create('a', { hostPort: 'x:1' })
      answer = wrong
      const { code, json } = await wire.ask('GET', `${at('v2')}/a`)
      assert.equal(code, 500)
      assert.match(json.message, message)
      assert.equal(json.reason, undefined)
      assert.equal((await wire.ask('GET', `${at('v1')}/a`)).code, 200)
      answer = fair
      assert.equal((await wire.ask('GET', `${at('v2')}/a`)).code, 200)
    })

  it('go with their definition though the webhook is gone', async () => {
    await define(hook(), [v1(), v2({ storage: false })])
    await create('a', { hostPort: 'x:1' })
    await store('v2')
    answer = () => ({})
    await wire.ask('DELETE', `${definitions}/hosts.${group}`)
    await gone(wire, `hosts.${group}`)
  })
})
