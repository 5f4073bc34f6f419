import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import fc from 'fast-check'
import { causeHeader, parseCause } from '../../api/write-record.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { ApiError, ConnectionError, type WatchEvent } from './cluster.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { type HttpCluster, httpCluster } from './http-cluster.ts'
import { LineCutter } from './json-lines.ts'
import { ConfigMap, Lease, Pod } from './kinds.ts'
import { onAccountOf } from './origin.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

describe('cluster over HTTP, with a server that misbehaves', () => {
  let server: Server
  let clock: VirtualClock
  let cluster: HttpCluster
  let handle: Handler
  let asked: string[]

  beforeEach(async () => {
    asked = []
    clock = new VirtualClock()
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      handle(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cluster = connect()
  })
  const connect = (config: Partial<ClusterConfig> = {}, options = {}) => {
    const { port } = server.address() as AddressInfo
    const place = { server: `http://127.0.0.1:${port}`, ...config }
    return httpCluster(place, { clock, userAgent: 'test', ...options })
  }
  afterEach(async () => {
    cluster.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const answer =
    (code: number, body: object, headers = {}): Handler =>
    (_, response) => {
      response.writeHead(code, headers).end(JSON.stringify(body))
    }
  const ref = { namespace: 'default', name: 'a' }
  const failure = async (promise: Promise<unknown>) => {
    try {
      await promise
    } catch (error) {
      return error
    }
    return assert.fail('it should have been refused')
  }

  it('tells a refusal in the words of its Status', async () => {
    handle = answer(422, {
      kind: 'Status',
      code: 422,
      reason: 'Invalid',
      message: 'no',
      details: { name: 'a', causes: [{ field: 'spec', reason: 'FieldValueInvalid' }] },
    })
    const error = await failure(cluster.create(ConfigMap, { metadata: { ...ref } }))
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.code, error.reason, error.message], [422, 'Invalid', 'no'])
    assert.equal(error.details?.causes?.[0]?.field, 'spec')
  })

  it('tells what somebody else answered, a proxy perhaps', async () => {
    handle = (_, response) => {
      response.writeHead(503).end('<html>out of order')
    }
    const error = await failure(cluster.get(ConfigMap, ref))
    assert.ok(error instanceof ApiError)
    assert.equal(error.reason, 'ServiceUnavailable')
    assert.match(error.message, /<html>out of order/)
  })

  it("reads a container's log as text, and a refusal of it in words", async () => {
    handle = (_, response) => response.writeHead(200).end('{"not": parsed}\n')
    const tail = { container: 'app', tailLines: 10, previous: true }
    assert.equal(await cluster.podLog(ref, tail), '{"not": parsed}\n')
    assert.deepEqual(asked, [
      'GET /api/v1/namespaces/default/pods/a/log?container=app&tailLines=10&previous=true',
    ])
    handle = answer(400, { kind: 'Status', code: 400, reason: 'BadRequest', message: 'is waiting' })
    const error = await failure(cluster.podLog(ref))
    assert.ok(error instanceof ApiError)
    assert.equal(error.message, 'is waiting')
  })

  it('says that no answer came, where none did', async () => {
    handle = (request) => request.socket.destroy()
    const error = await failure(cluster.create(ConfigMap, { metadata: { ...ref } }))
    assert.ok(error instanceof ConnectionError)
    assert.match(error.message, /POST .*\/api\/v1\/namespaces\/default\/configmaps/)
    assert.equal(asked.length, 1, 'a write is never sent twice')
  })

  it('gives up on connecting after ten seconds', async () => {
    // Nobody speaks TLS here: the handshake never ends.
    const silent = createTcpServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const arrived = once(silent, 'connection')
    const mute = connect({ server: `https://127.0.0.1:${port}` })
    const failed = failure(mute.get(ConfigMap, ref))
    const [socket] = await arrived
    assert.equal(clock.next(), 10_000)
    await clock.advance(10_000)
    assert.match(String(await failed), /connecting took longer than 10000 ms/)
    mute.close()
    socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })

  it('gives up on an answer that does not begin within a minute', async () => {
    const arrived = new Promise<void>((resolve) => {
      handle = () => resolve()
    })
    const failed = failure(cluster.get(ConfigMap, ref))
    await arrived
    await clock.advance(60_000)
    assert.match(String(await failed), /the answer took longer than 60000 ms/)
  })

  it('gives up on an answer that stops in the middle', async () => {
    handle = (_, response) => {
      response.writeHead(200).write('{"metadata":')
    }
    const failed = failure(cluster.get(ConfigMap, ref))
    while (clock.next() !== 30_000) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(30_000)
    assert.match(String(await failed), /the answer stopped for 30000 ms/)
  })

  it('waits as long as it is told when it asks too much, and then asks again', async () => {
    handle = (request, response) =>
      asked.length < 3
        ? answer(429, { kind: 'Status', code: 429 }, { 'retry-after': '2' })(request, response)
        : answer(200, { metadata: { name: 'a' } })(request, response)
    const got = cluster.get(ConfigMap, ref)
    for (let retry = 0; retry < 2; retry++) {
      while (clock.next() !== 2_000) await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(2_000)
    }
    assert.equal((await got)?.metadata.name, 'a')
    assert.equal(clock.monotonic(), 4_000)
  })

  const watching = () => {
    const events: WatchEvent<unknown>[] = []
    const end = new Promise<unknown>((resolve) => {
      cluster.watch(Pod, { resourceVersion: '5' }).subscribe({
        next: (event) => events.push(event as WatchEvent<unknown>),
        error: resolve,
        complete: () => resolve('completed'),
      })
    })
    return { events, end }
  }
  const stream =
    (lines: (object | string)[], finish: (response: ServerResponse) => void): Handler =>
    (_, response) => {
      response.writeHead(200)
      for (const line of lines)
        response.write(typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)
      finish(response)
    }
  const end = (response: ServerResponse) => void response.end()
  const added = { type: 'ADDED', object: { metadata: { name: 'a', resourceVersion: '6' } } }

  it('takes an ERROR inside a watch for what it says', async () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }
    handle = stream([added, { type: 'ERROR', object: status }], end)
    const { events, end: ended } = watching()
    const error = await ended
    assert.ok(error instanceof ApiError)
    assert.equal(error.code, 410)
    assert.equal(events.length, 1)
    assert.match(asked[0]!, /watch=true/)
    assert.match(asked[0]!, /allowWatchBookmarks=true/)
    assert.match(asked[0]!, /resourceVersion=5/)
  })

  it('takes a watch that breaks, or sends half a line, for a broken connection', async () => {
    handle = stream([added], (response) => setImmediate(() => response.destroy()))
    assert.ok((await watching().end) instanceof ConnectionError)
    handle = stream(['{"type":"ADD\n'], end)
    assert.ok((await watching().end) instanceof ConnectionError)
    handle = stream([{ type: 'SURPRISE', object: {} }], end)
    assert.match(String(await watching().end), /unknown type "SURPRISE"/)
  })

  it('refuses a watch that was refused', async () => {
    handle = answer(403, { kind: 'Status', code: 403, reason: 'Forbidden', message: 'no' })
    const error = await watching().end
    assert.ok(error instanceof ApiError)
    assert.equal(error.reason, 'Forbidden')
  })

  it('leaves no watch open that nobody listens to', async () => {
    let closed: (() => void) | undefined
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    handle = (request, response) => {
      response.writeHead(200).flushHeaders()
      request.once('close', () => closed?.())
    }
    await new Promise<void>((resolve) => {
      const subscription = cluster
        .watch(Pod, {
          opened: () => {
            assert.equal(cluster.watches, 1)
            setImmediate(() => {
              subscription.unsubscribe()
              resolve()
            })
          },
        })
        .subscribe()
    })
    await gone
    while (cluster.watches > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it('ends all at once when it is closed: what was sent, what waits for its turn, what is watched', async () => {
    const arrived = new Promise<void>((resolve) => {
      handle = (request, response) => {
        if (request.url?.includes('watch')) response.writeHead(200).flushHeaders()
        if (asked.length === 18) resolve()
      }
    })
    const ends = [1, 2].map(
      () =>
        new Promise<unknown>((ended) => {
          cluster.watch(Pod).subscribe({ error: ended, complete: () => ended('completed') })
        }),
    )
    const failing = Array.from({ length: 40 }, () => failure(cluster.get(ConfigMap, ref)))
    await arrived
    while (cluster.watches < 2) await new Promise((resolve) => setImmediate(resolve))
    cluster.close()
    assert.equal(cluster.watches, 0)
    for (const error of await Promise.all([...failing, ...ends]))
      assert.ok(error instanceof ConnectionError, `${error}`)
    assert.equal(asked.length, 18)
    assert.match(String(await failure(cluster.get(ConfigMap, ref))), /this client was closed/)
    assert.equal(clock.next(), undefined)
  })

  it('reaches its lease however many other requests go unanswered', async () => {
    handle = (request, response) => {
      if (request.url?.includes('/leases/'))
        answer(200, { metadata: { name: 'a' } })(request, response)
    }
    const stuck = Array.from({ length: 40 }, () => failure(cluster.get(ConfigMap, ref)))
    assert.equal((await cluster.get(Lease, ref))?.metadata.name, 'a')
    cluster.close()
    await Promise.all(stuck)
  })

  it('asks once more with a renewed token where the old one is refused, writes included', async () => {
    const tokens: string[] = []
    handle = (request, response) => {
      tokens.push(request.headers.authorization ?? '')
      const status = { kind: 'Status', code: 401, reason: 'Unauthorized' }
      if (tokens.at(-1) === 'Bearer new') answer(201, { metadata: ref })(request, response)
      else answer(401, status)(request, response)
    }
    const renewing = connect({ token: async (renew) => (renew ? 'new' : 'old') })
    assert.equal((await renewing.create(ConfigMap, { metadata: { ...ref } })).metadata.name, 'a')
    assert.deepEqual(tokens.splice(0), ['Bearer old', 'Bearer new'])
    renewing.close()
    const fixed = connect({ token: async () => 'old' })
    const error = await failure(fixed.get(ConfigMap, ref))
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.reason, tokens], ['Unauthorized', ['Bearer old']])
    fixed.close()
  })

  it('acts as somebody else when it is told to', async () => {
    let headers: IncomingMessage['headersDistinct'] = {}
    handle = (request, response) => {
      headers = request.headersDistinct
      answer(200, { metadata: ref })(request, response)
    }
    const extra = { 'example.com/Why': ['a', 'b'] }
    const other = connect(
      {},
      { impersonate: { user: 'jane', groups: ['x', 'y'], uid: 'u', extra } },
    )
    await other.get(ConfigMap, ref)
    other.close()
    assert.deepEqual(headers['impersonate-user'], ['jane'])
    assert.deepEqual(headers['impersonate-group'], ['x', 'y'])
    assert.deepEqual(headers['impersonate-uid'], ['u'])
    assert.deepEqual(headers['impersonate-extra-example.com%2fwhy'], ['a', 'b'])
  })

  it('says with every write on account of what, and with nothing else', async () => {
    const told: (string | string[] | undefined)[] = []
    handle = (request, response) => {
      told.push(request.headers[causeHeader])
      answer(200, { metadata: ref })(request, response)
    }
    const version = { namespace: 'default', resourceVersion: '12' }
    const site = { resource: 'sites', group: 'demo.example.com', name: 'a', ...version }
    const role = {
      resource: 'roles',
      group: 'rbac.authorization.k8s.io',
      name: 'ä,@/%',
      ...version,
    }
    const cause = { by: 'site', for: site, because: [role], more: 3 }
    const write = async () => {
      await cluster.create(ConfigMap, { metadata: ref })
      await cluster.update(ConfigMap, { metadata: ref })
      await cluster.patch(ConfigMap, ref, { type: 'merge', body: {} })
      await cluster.remove(ConfigMap, ref)
      await cluster.createSubresource(Pod, ref, 'binding', {})
    }
    await onAccountOf(cause, write)
    assert.equal(told.length, 5)
    for (const text of told.splice(0)) assert.deepEqual(parseCause(String(text)), cause)
    await onAccountOf(cause, () => cluster.get(ConfigMap, ref))
    await write()
    assert.deepEqual(
      told.filter((text) => text !== undefined),
      [],
    )
  })

  it('finds its kinds in the older form of discovery too', async () => {
    const resource = { name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['get'] }
    const documents = new Map<string | undefined, object>([
      ['/api', { kind: 'APIVersions', versions: ['v1'] }],
      ['/apis', { groups: [{ name: 'apps', preferredVersion: { version: 'v1' } }] }],
      ['/api/v1', { resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] }],
      ['/apis/apps/v1', { resources: [resource, { ...resource, name: 'deployments/status' }] }],
    ])
    handle = (request, response) => {
      response.end(JSON.stringify(documents.get(request.url)))
    }
    const kinds = await cluster.discover()
    assert.deepEqual(
      kinds.map(({ group, version, kind, plural }) => `${group}/${version} ${kind} ${plural}`),
      ['/v1 Pod pods', 'apps/v1 Deployment deployments'],
    )
  })
})

describe('lines of a stream', () => {
  it('come out whole, however they were cut', () => {
    const cut = fc.array(fc.integer({ min: 1, max: 9 }))
    fc.assert(
      fc.property(fc.array(fc.string()), cut, (texts, cuts) => {
        const wanted = texts.map((text) => JSON.stringify(text))
        const bytes = Buffer.from(wanted.map((line) => `${line}\n`).join(''))
        const lines: string[] = []
        const cutter = new LineCutter((line) => lines.push(line))
        let at = 0
        for (const length of cuts) {
          cutter.push(bytes.subarray(at, at + length))
          at = Math.min(bytes.length, at + length)
        }
        cutter.push(bytes.subarray(at))
        assert.deepEqual(lines, wanted)
      }),
    )
  })

  it('have a largest size', () => {
    const cutter = new LineCutter(() => {}, 10)
    cutter.push(Buffer.from('12345\n67890'))
    assert.throws(() => cutter.push(Buffer.from('123456')), /longer than 10 bytes/)
  })
})
