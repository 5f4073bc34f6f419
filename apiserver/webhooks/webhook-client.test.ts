import assert from 'node:assert/strict'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { givenObjects } from '../registry/testing/given-objects.ts'
import { type HookServer, type Respond, startHookServer } from './testing/hook-server.ts'
import { WebhookClient } from './webhook-client.ts'

describe('webhook client', () => {
  let server: HookServer
  let client: WebhookClient
  let respond: Respond
  const clock = new VirtualClock()
  const objects: Parameters<typeof givenObjects>[0] = {}

  before(async () => {
    server = await startHookServer((...all) => respond(...all))
    const lister = givenObjects(objects)
    client = new WebhookClient({ lister, clock, random: seededRandom(1) })
  })
  after(async () => {
    client.close()
    await server.close()
  })
  beforeEach(() => {
    respond = () => ({ fine: true })
    server.asked.length = 0
  })

  const ask = (change: object = {}, call: object = {}) =>
    client.call({
      config: { url: server.url('/review?a=b'), caBundle: server.caBundle, ...change },
      body: { question: 1 },
      timeoutSeconds: 10,
      ...call,
    })
  const fails = (asking: Promise<unknown>, message: RegExp) =>
    assert.rejects(asking, (error: Error) => {
      assert.equal(error.name, 'WebhookFailure')
      assert.match(error.message, message)
      return true
    })

  it('posts JSON and hands over the answer', async () => {
    assert.deepEqual(JSON.parse((await ask()).toString()), { fine: true })
    const [first] = server.asked
    assert.deepEqual(first?.body, { question: 1 })
    assert.equal(first?.path, '/review?a=b&timeout=10s')
  })

  it('finds a service by its endpoints, and believes only the certificate of its name', async () => {
    const config = {
      url: undefined,
      service: { namespace: 'system', name: 'hook', path: '/p', port: 8443 },
    }
    await fails(
      ask(config),
      /^Post "https:\/\/hook.system.svc:8443\/p\?timeout=10s": service "hook" not found$/,
    )
    objects.services = [
      {
        metadata: { name: 'hook', namespace: 'system' },
        spec: { ports: [{ name: 'web', port: 8443 }] },
      },
      {
        metadata: { name: 'other', namespace: 'system' },
        spec: { ports: [{ name: 'web', port: 443 }] },
      },
    ]
    await fails(ask(config), /no endpoints available for service "hook"$/)
    const slice = (name: string) => ({
      metadata: { name, namespace: 'system', labels: { 'kubernetes.io/service-name': name } },
      ports: [{ name: 'web', port: server.port }],
      endpoints: [
        { addresses: ['192.0.2.1'], conditions: { ready: false } },
        { addresses: ['127.0.0.1'], conditions: { ready: true } },
      ],
    })
    // A name leads wherever it likes: it is no endpoint.
    const named = { ...slice('hook'), addressType: 'FQDN' }
    objects['endpointslices.discovery.k8s.io'] = [named]
    await fails(ask(config), /no endpoints available for service "hook"$/)
    objects['endpointslices.discovery.k8s.io'] = [named, slice('hook'), slice('other')]
    await ask(config)
    assert.equal(server.asked[0]?.host, 'hook.system.svc:8443')
    await fails(
      ask({ service: { namespace: 'system', name: 'hook', port: 1 } }),
      /no service port 1 found for service "hook"$/,
    )
    await fails(
      ask({ service: { namespace: 'system', name: 'other' } }),
      /"https:\/\/other.system.svc:443\/\?timeout=10s": tls: failed to verify certificate/,
    )
  })

  it('believes nobody whom the configuration does not vouch for', async () => {
    await fails(ask({ caBundle: undefined }), /tls: failed to verify certificate: x509: /)
    assert.equal(server.asked.length, 0)
    await fails(ask({ url: `http://localhost:${server.port}/` }), /must begin with https/)
    await fails(ask({ url: 'nonsense' }), /not valid/)
  })

  it('gives up in time on one that never answers, also in the middle of an answer', async () => {
    const arrived = () =>
      new Promise<void>((resolve) => {
        respond = (_body, response) => {
          response.write('{"half":')
          resolve()
          return undefined
        }
      })
    const there = arrived()
    const asking = fails(ask(), /: context deadline exceeded$/)
    await there
    clock.advance(10_000)
    await asking
    const controller = new AbortController()
    const thereAgain = arrived()
    const cancelled = fails(ask({}, { signal: controller.signal }), /: context canceled$/)
    await thereAgain
    controller.abort()
    await cancelled
  })

  it('reads no more of an endless answer than it may have', async () => {
    respond = (_body, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
      }
      response.on('drain', more)
      more()
      return undefined
    }
    await fails(ask({}, { maximumBytes: 1 << 20 }), /: the response is larger than 1048576 bytes$/)
  })

  it('follows no redirect and takes no refusal for an answer', async () => {
    respond = (_body, response) => {
      response.writeHead(302, { Location: server.url('/elsewhere') }).end()
      return undefined
    }
    await fails(ask(), /the server responded with the status code 302 but did not return more/)
    assert.equal(server.asked.length, 1)
    respond = (_body, response) => {
      response.writeHead(503).end('busy')
      return undefined
    }
    await fails(
      ask(),
      /an error on the server \("busy"\) has prevented the request from succeeding$/,
    )
    respond = (_body, response) => {
      response.destroy()
      return undefined
    }
    await fails(ask(), /: EOF$/)
    respond = (_body, response) => {
      response.socket?.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
      return undefined
    }
    await fails(ask(), /the server responded with the status code 101 but did not return more/)
  })

  it('says where nobody listens', async () => {
    const closed = await startHookServer(() => ({}))
    await closed.close()
    await fails(
      ask({ url: `https://127.0.0.1:${closed.port}/` }),
      new RegExp(`: dial tcp 127.0.0.1:${closed.port}: connect: connection refused$`),
    )
  })
})
