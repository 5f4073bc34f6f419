import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Push } from '../followers.ts'
import { notificationListener } from './notifications.ts'

const token = 'fifty-oars-and-one-helm'
const type = 'application/vnd.docker.distribution.events.v1+json'

const digest = `sha256:${'1'.repeat(64)}`

const push = (repository: string, tag?: string) => ({
  id: '1',
  action: 'push',
  target: { mediaType: 'application/vnd.oci.image.manifest.v1+json', repository, tag, digest },
  request: { host: '127.0.0.1:5000' },
})

describe('the endpoint for notifications', () => {
  let server: Server
  let heard: Push[]

  beforeEach(async () => {
    heard = []
    server = createServer(notificationListener({ token, onPush: (each) => heard.push(each) }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    server.close()
    server.closeAllConnections()
  })

  async function tell(
    body: unknown,
    { method = 'POST', path = '/notifications', headers = {} as Record<string, string> } = {},
  ): Promise<string> {
    const { port } = server.address() as AddressInfo
    const given = { Authorization: `Bearer ${token}`, 'Content-Type': type, ...headers }
    const sent = send({ host: '127.0.0.1', port, path, method, headers: given, agent: false })
    sent.on('error', () => {})
    sent.end(typeof body === 'string' ? body : JSON.stringify(body))
    const [response] = await once(sent, 'response')
    return `${response.statusCode} ${(await text(response)).trim()}`
  }

  it('passes on that a tag was pushed, each once', async () => {
    const events = [push('shop', 'live'), push('shop', 'live'), push('crew/oars', 'v1')]
    assert.match(await tell({ events }), /^200/)
    assert.deepEqual(heard, [
      { repository: 'shop', tag: 'live', digest },
      { repository: 'crew/oars', tag: 'v1', digest },
    ])
  })

  it('leaves out pulls, deletions and what has no tag', async () => {
    const pull = { ...push('shop', 'live'), action: 'pull' }
    const events = [pull, push('shop'), push('shop', ''), { action: 'push' }, null, 7]
    assert.match(await tell({ events }), /^200/)
    assert.deepEqual(heard, [])
  })

  it('knows what a later version of the registry sends', async () => {
    const headers = { 'Content-Type': `${type.replace('v1', 'v2')}; charset=utf-8` }
    assert.match(await tell({ events: [push('shop', 'live')] }, { headers }), /^200/)
    assert.equal(heard.length, 1)
  })

  for (const [what, code, options, body] of [
    ['without the token', 401, { headers: { Authorization: '' } }, undefined],
    ['with another token', 401, { headers: { Authorization: `Bearer ${token}x` } }, undefined],
    ['to another path', 404, { path: '/' }, undefined],
    ['by another method', 405, { method: 'PUT' }, undefined],
    ['in another type', 415, { headers: { 'Content-Type': 'application/json' } }, undefined],
    ['that is no JSON', 400, {}, '{"events":['],
    ['without events', 400, {}, '{}'],
    ['that is null', 400, {}, 'null'],
    ['that announces too much', 413, { headers: { 'Content-Length': '1048577' } }, ''],
    [
      'that is too long',
      413,
      { headers: { 'Transfer-Encoding': 'chunked' } },
      ' '.repeat(1_048_577),
    ],
  ] as const)
    it(`refuses what comes ${what} (${code})`, async () => {
      const told = await tell(body ?? { events: [push('shop', 'live')] }, options)
      assert.ok(told.startsWith(`${code} `), told)
      assert.deepEqual(heard, [])
    })

  it('wants a token that cannot be guessed', () => {
    assert.throws(() => notificationListener({ token: 'short', onPush: () => {} }), /16 characters/)
  })
})
