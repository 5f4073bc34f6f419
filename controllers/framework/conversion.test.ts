import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { createAuthority } from '../../apiserver/auth/certificates.ts'
import { definitions, established, namespace } from '../../apiserver/crds/examples.ts'
import { startWireServer, type WireServer } from '../../apiserver/wire/wire.ts'
import { seededRandom } from '../../ports/random.ts'
import { convertReview } from './conversion-review.ts'
import {
  assertRoundTrips,
  type ConversionReview,
  conditions,
  conversionHandler,
  convert,
  enumeration,
  int,
  kind,
  manifestOf,
  object,
  RoundTripError,
  string,
} from './index.ts'

const group = 'demo.example.com'
const status = object({ ready: int().optional(), conditions: conditions() })
const keptNote = 'demo.example.com/note'

/** v1beta1 knows no note: it keeps it in an annotation. v1 has a default that v1beta1 does not know. */
const Site = kind({ group, name: 'Site' })
  .version('v1alpha1', { spec: object({ count: int() }), status, deprecated: 'use v1' })
  .next('v1beta1', { spec: object({ count: int() }), status }, 'unchanged')
  .next(
    'v1',
    {
      spec: object({
        replicas: int(),
        note: string().max(10).optional(),
        mode: enumeration('Fast', 'Safe').default('Safe'),
      }),
      status,
    },
    {
      up: ({ metadata, spec: { count }, ...site }) => {
        const { [keptNote]: kept, ...annotations } = metadata.annotations ?? {}
        const extra: { note?: string; mode?: 'Fast' | 'Safe' } = kept ? JSON.parse(kept) : {}
        return {
          ...site,
          metadata: { ...metadata, annotations },
          spec: { replicas: count, ...extra },
        }
      },
      down: ({ metadata, spec: { replicas, ...extra }, ...site }) => ({
        ...site,
        metadata: {
          ...metadata,
          annotations: { ...metadata.annotations, [keptNote]: JSON.stringify(extra) },
        },
        spec: { count: replicas },
      }),
    },
  )

const old = (count: number) => ({
  apiVersion: `${group}/v1beta1`,
  kind: 'Site',
  metadata: { name: 'a', namespace, uid: '1', labels: { a: 'b' } },
  spec: { count },
})

describe('conversion between versions', () => {
  it('goes step by step, fills in defaults and keeps the metadata', () => {
    const object = { ...old(2), apiVersion: `${group}/v1alpha1` }
    assert.deepEqual(convert(Site, object, 'v1'), {
      apiVersion: `${group}/v1`,
      kind: 'Site',
      metadata: { name: 'a', namespace, uid: '1', labels: { a: 'b' } },
      spec: { replicas: 2, mode: 'Safe' },
    })
    assert.deepEqual(convert(Site, object, 'v1beta1'), old(2))
  })

  it('answers the very object where nothing is to be done', () => {
    const object = old(1)
    assert.equal(convert(Site, object, 'v1beta1'), object)
  })

  it('leaves the object alone, whatever a conversion does to what it is given', () => {
    const spec = object({ list: object({ a: int() }) })
    const Rude = kind({ group, name: 'Rude' })
      .version('v1', { spec })
      .next(
        'v2',
        { spec },
        {
          up: (rude) => {
            rude.spec.list.a = 7
            rude.metadata.name = 'other'
            return rude
          },
          down: (rude) => rude,
        },
      )
    const rude = {
      apiVersion: `${group}/v1`,
      kind: 'Rude',
      metadata: { name: 'a' },
      spec: { list: { a: 1 } },
    }
    const converted = convert(Rude, rude, 'v2')
    assert.deepEqual(converted.spec, { list: { a: 7 } })
    assert.equal(converted.metadata.name, 'a')
    assert.deepEqual(rude.spec, { list: { a: 1 } })
  })

  it('is refused for other kinds and versions', () => {
    assert.throws(
      () => convert(Site, { ...old(1), kind: 'Other' }, 'v1'),
      /Site: cannot convert a Other/,
    )
    assert.throws(() => convert(Site, old(1), 'v7'), /has no version v7, but v1alpha1, v1beta1, v1/)
  })

  it('loses nothing there and back, for objects that nobody thought of', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) =>
        assertRoundTrips(Site, { random: seededRandom(seed), runs: 3 }),
      ),
    )
  })

  it('is found out when it loses something', () => {
    const Lossy = kind({ group, name: 'Lossy' })
      .version('v1', { spec: object({ a: int() }) })
      .next(
        'v2',
        { spec: object({ a: int(), b: string().optional() }) },
        { up: (one) => one, down: ({ spec, ...one }) => ({ ...one, spec: { a: spec.a } }) },
      )
    const random = seededRandom(1)
    assert.throws(
      () => assertRoundTrips(Lossy, { random }),
      (error) => {
        assert.ok(error instanceof RoundTripError)
        assert.match(
          error.message,
          /v2 Lossy is not the same after demo\.example\.com\/v1 and back/,
        )
        assert.ok((error.before.spec as { b?: string }).b !== undefined)
        return true
      },
    )
  })
})

describe('a conversion review', () => {
  const ask = (objects: object[], desiredAPIVersion = `${group}/v1`): ConversionReview => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    request: { uid: 'u', desiredAPIVersion, objects: objects as never },
  })

  it('has all its objects converted, in order', () => {
    const { response, ...envelope } = convertReview(Site, ask([old(1), old(2)]))
    assert.deepEqual(envelope, { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview' })
    assert.equal(response.uid, 'u')
    assert.deepEqual(response.result, { status: 'Success' })
    assert.deepEqual(
      response.convertedObjects.map(({ spec }) => spec),
      [
        { replicas: 1, mode: 'Safe' },
        { replicas: 2, mode: 'Safe' },
      ],
    )
  })

  it('says which object failed, and why', () => {
    const spoilt = {
      ...old(1),
      metadata: { name: 'b', namespace, annotations: { [keptNote]: '{' } },
    }
    const { result, convertedObjects } = convertReview(Site, ask([old(1), spoilt])).response
    assert.deepEqual(convertedObjects, [])
    assert.match(
      'message' in result ? result.message : '',
      /^Site default\/b of demo\.example\.com\/v1beta1 cannot be made demo\.example\.com\/v1: .*JSON/,
    )
  })

  it('is answered whatever it is', () => {
    const handle = conversionHandler([Site])
    for (const [body, message] of [
      ['{', /is no ConversionReview/],
      ['null', /is no ConversionReview/],
      [JSON.stringify(ask([{ ...old(1), kind: 'X' }])), /this webhook converts only Site\.demo/],
      [JSON.stringify(ask([old(1)], 'other/v1')), /another group is wanted/],
      [JSON.stringify(ask([null as never])), /this webhook converts only|cannot be made/],
    ] as const) {
      const { result } = JSON.parse(handle(body)).response
      assert.equal(result.status, 'Failure')
      assert.match(result.message, message)
    }
  })
})

describe('a kind of several versions, on the API server', () => {
  let wire: WireServer
  let webhook: Server
  let manifest: ReturnType<typeof manifestOf>

  before(async () => {
    const authority = await createAuthority()
    const { certificate, key } = await authority.issue({
      commonName: 'webhook',
      ipAddresses: ['127.0.0.1'],
      server: true,
    })
    const handle = conversionHandler([Site])
    webhook = createServer({ cert: certificate, key }, async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      response.setHeader('Content-Type', 'application/json')
      response.end(handle(Buffer.concat(chunks)))
    })
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve))
    const { port } = webhook.address() as AddressInfo
    const url = `https://127.0.0.1:${port}/convert`
    manifest = manifestOf(Site, { conversion: { url, caBundle: authority.certificate } })
  })
  after(() => webhook.close())
  beforeEach(async () => {
    wire = await startWireServer()
    const { code, text } = await wire.ask('POST', definitions, { body: manifest })
    assert.equal(code, 201, text)
    await established(wire, manifest.metadata.name ?? '')
  })
  afterEach(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const at = (version: string) => `/apis/${group}/${version}/namespaces/${namespace}/sites`

  it('gives back what the functions say, in every version', async () => {
    const created = await wire.ask('POST', at('v1beta1'), { body: old(3) })
    assert.equal(created.code, 201, created.text)
    for (const { name: version } of Site.versions) {
      const { json } = await wire.ask('GET', `${at(version)}/a`)
      const stored = (await wire.ask('GET', `${at('v1')}/a`)).json
      const { managedFields: _, ...metadata } = json.metadata
      const expected = convert(Site, stored, version)
      const { managedFields: __, ...wanted } = expected.metadata
      assert.deepEqual({ ...json, metadata }, { ...expected, metadata: wanted })
    }
    const { json } = await wire.ask('GET', at('v1alpha1'))
    assert.deepEqual(json.items[0].spec, { count: 3 })
  })

  it('warns of the deprecated one', async () => {
    const { headers } = await wire.ask('GET', at('v1alpha1'))
    assert.match(String(headers.warning), /use v1/)
  })

  it('says what is wrong with an object that cannot be converted', async () => {
    const spoilt = { ...old(1), metadata: { name: 'b', annotations: { [keptNote]: '{' } } }
    const { code, json } = await wire.ask('POST', at('v1beta1'), { body: spoilt })
    assert.equal(code, 500)
    assert.match(json.message, /Site .*b of demo\.example\.com\/v1beta1 cannot be made/)
  })

  it('must say where it is converted, unless only the name of the version differs', () => {
    assert.throws(
      () => manifestOf(Site),
      /Site: converts between versions, so its definition must say where/,
    )
    const spec = object({ a: int() })
    const Same = kind({ group, name: 'Same' })
      .version('v1beta1', { spec, stored: true })
      .next('v1', { spec, served: false }, 'unchanged')
    const { versions, conversion } = manifestOf(Same).spec
    assert.deepEqual(conversion, { strategy: 'None' })
    assert.deepEqual(
      versions.map(({ name, served, storage }) => [name, served, storage]),
      [
        ['v1beta1', true, true],
        ['v1', false, false],
      ],
    )
    assert.equal(Same.version, 'v1beta1')
  })
})
