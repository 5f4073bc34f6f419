import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import {
  type CustomResourceDefinition,
  CustomResourceDefinition as Definition,
  InstallError,
  installKinds,
  int,
  kind,
  manifestOf,
  manifestsOf,
  object,
} from '../framework/index.ts'
import { selfSigned } from '../framework/webhook-certificate.ts'
import { startWebhookServer } from '../framework/webhook-server.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const Site = kind({ group: 'demo.example.com', name: 'Site' })
  .version('v1beta1', { spec: object({ count: int() }) })
  .next(
    'v1',
    { spec: object({ replicas: int() }) },
    {
      up: ({ spec: { count }, ...site }) => ({ ...site, spec: { replicas: count } }),
      down: ({ spec: { replicas }, ...site }) => ({ ...site, spec: { count: replicas } }),
    },
  )
const Plain = kind({ group: 'demo.example.com', name: 'Plain' }).version('v1', {
  spec: object({ count: int().default(1) }),
})

describe('the definitions of kinds', () => {
  let server: TestServer
  const system = { clock: systemClock, random: systemRandom, fieldManager: 'test' }
  beforeEach(async () => {
    server = await startTestServer()
  })
  afterEach(() => server.close())

  it('are served when they are installed, and may be installed again', async () => {
    const { cluster } = server
    for (let again = 0; again < 2; again++)
      await installKinds([manifestOf(Plain)], { cluster, ...system })
    const metadata = { namespace: 'default', name: 'a' }
    const made = await cluster.create(Plain, { metadata, spec: {} } as never)
    assert.equal(made.spec.count, 1)
    const definition = await cluster.get(Definition, { name: 'plains.demo.example.com' })
    assert.equal(definition?.metadata.generation, 1)
  })

  it('are refused in words when their names belong to another', async () => {
    const { cluster } = server
    await installKinds([manifestOf(Plain)], { cluster, ...system })
    const manifest = manifestOf(Plain)
    const other: CustomResourceDefinition = {
      ...manifest,
      metadata: { name: 'plainest.demo.example.com' },
      spec: { ...manifest.spec, names: { ...manifest.spec.names, plural: 'plainest' } },
    }
    await assert.rejects(installKinds([other], { cluster, ...system }), (error: unknown) => {
      assert.ok(error instanceof InstallError)
      assert.match(
        error.message,
        /^plainest\.demo\.example\.com cannot be served: .*already in use/,
      )
      return true
    })
  })

  it('that are never served are given up on in time', async () => {
    const clock = new VirtualClock()
    const { cluster } = server
    const deaf = new Proxy(cluster, {
      get: (target, property) =>
        property === 'get' ? async () => undefined : Reflect.get(target, property).bind(target),
    })
    const installing = installKinds([manifestOf(Plain)], { ...system, cluster: deaf, clock })
    const failed = assert.rejects(installing, /is not served: the server has not looked at it yet/)
    while (clock.next() === undefined) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(30_000)
    await failed
  })

  it('convert between versions by a webhook with a certificate of its own', async () => {
    const { cluster } = server
    const directory = await mkdtemp(join(tmpdir(), 'webhook-'))
    const pair = await selfSigned('localhost', systemClock)
    await writeFile(join(directory, 'tls.crt'), pair.certificate)
    await writeFile(join(directory, 'tls.key'), pair.key)
    const webhook = await startWebhookServer({
      kinds: [Site],
      clock: systemClock,
      port: 0,
      certificates: directory,
      report: assert.fail,
    })
    try {
      const url = `https://localhost:${webhook.port}/convert`
      const conversion = { url, caBundle: pair.authority }
      await installKinds([manifestOf(Site, { conversion })], { cluster, ...system })
      const metadata = { namespace: 'default', name: 'a' }
      const old = { ...Site, version: 'v1beta1' }
      await cluster.create(old, { metadata, spec: { count: 3 } } as never)
      assert.deepEqual((await cluster.get(Site, metadata))?.spec, { replicas: 3 })
    } finally {
      await webhook.close()
      await rm(directory, { recursive: true })
    }
  })

  it('come in manifests with the webhook that converts them, and whom to trust', async () => {
    const certificate = await selfSigned('site-webhook.site.svc', systemClock)
    const objects = manifestsOf({ name: 'site', kinds: [Site], controllers: [], certificate })
    const text = JSON.stringify(objects)
    assert.ok(
      text.includes('"service":{"namespace":"site","name":"site-webhook","path":"/convert"}'),
    )
    assert.ok(text.includes('--webhook-certificates=/etc/webhook'))
    assert.ok(text.includes('"secretName":"site-webhook"'))
    for (const kind of ['Secret', 'Service'])
      assert.ok(objects.some((one) => one.kind === kind && one.metadata.name === 'site-webhook'))
    assert.throws(
      () => manifestsOf({ name: 'site', kinds: [Site], controllers: [] }),
      /its webhook needs a certificate/,
    )
  })
})
