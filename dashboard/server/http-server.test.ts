/** Who may ask the page's server, and what goes with every answer. */

import assert from 'node:assert/strict'
import { makeWeb, type Stage, startStage } from './testing/stage.ts'

describe('the server of the page', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
    await makeWeb(stage, 'web:1')
  })
  after(() => stage?.close())

  const list = '/api/list?namespace=default'
  const own = () => `http://127.0.0.1:${stage.dashboard.port}`

  it('tells nothing to one who does not know the token', async () => {
    assert.equal((await stage.ask(list)).code, 200)
    const wrong = `Bearer ${stage.token.slice(0, -1)}${stage.token.endsWith('A') ? 'B' : 'A'}`
    for (const authorization of ['', 'Bearer ', wrong, `Basic ${stage.token}`, stage.token]) {
      const { code, json, text } = await stage.ask(list, { headers: { authorization } })
      assert.equal(code, 401, authorization)
      assert.match(json.error.message, /token/)
      assert.ok(!text.includes('web'))
    }
  })

  it('answers to the names of this machine alone: no other name leads here', async () => {
    const { port } = stage.dashboard
    for (const name of ['127.0.0.1', 'localhost', '[::1]'])
      assert.equal((await stage.ask(list, { headers: { host: `${name}:${port}` } })).code, 200)
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port}.x`])
      for (const path of [list, '/'])
        assert.equal((await stage.ask(path, { headers: { host } })).code, 421, `${host} ${path}`)
  })

  it('refuses pages of other sites, also where they know the token', async () => {
    const strangers: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `https://127.0.0.1:${stage.dashboard.port}` },
      { 'sec-fetch-site': 'cross-site' },
      { origin: own(), 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of strangers) {
      assert.equal((await stage.ask(list, { headers })).code, 403)
      const body = { namespace: 'default', deployment: 'web', resourceVersion: '1' }
      assert.equal((await stage.ask('/api/pause', { method: 'POST', body, headers })).code, 403)
    }
    const headers = { origin: own(), 'sec-fetch-site': 'same-origin' }
    assert.equal((await stage.ask(list, { headers })).code, 200)
  })

  it('takes writes as JSON only, which no form can send, and no more than it needs', async () => {
    const post = (body: string, type = 'application/json') =>
      stage.ask('/api/pause', { method: 'POST', body, headers: { 'content-type': type } })
    assert.equal((await post('{}', 'text/plain')).code, 415)
    assert.equal((await post('[]')).code, 400)
    assert.equal((await post('{')).code, 400)
    assert.equal((await post(JSON.stringify({ x: 'x'.repeat(70_000) }))).code, 413)
    const named = await post('{"namespace":"default","deployment":"web"}')
    assert.equal(named.json.error.message, '"resourceVersion" is missing')
    const many = { x: 'x'.repeat(20_000) }
    assert.equal((await stage.ask(list, { headers: many })).code, 431)
  })

  it('lets the page load and ask nothing but itself, and keeps answers out of caches and frames', async () => {
    for (const path of ['/', '/page-ABCD1234.js', list, '/api/nothing', '/nothing']) {
      const { headers } = await stage.ask(path)
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /default-src 'self'/)
      assert.match(policy, /connect-src 'self'/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.ok(!/unsafe|https?:|\*/.test(policy), policy)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.equal(headers['access-control-allow-origin'], undefined)
      if (path.startsWith('/api/')) assert.equal(headers['cache-control'], 'no-store')
    }
  })

  it('serves the page without a token, and files with their hash for good', async () => {
    const headers = { authorization: '' }
    const page = await stage.ask('/', { headers })
    assert.equal(page.code, 200)
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(page.headers['cache-control'], 'no-cache')
    const script = await stage.ask('/page-ABCD1234.js', { headers })
    assert.match(script.headers['cache-control'] ?? '', /immutable/)
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/etc/passwd'])
      assert.equal((await stage.ask(path, { headers })).code, 404)
  })

  it('says what it does not know, and what it does', async () => {
    assert.equal((await stage.ask('/api/nothing')).code, 404)
    assert.equal((await stage.ask('/api/list', { method: 'DELETE' })).code, 405)
    const { code, json } = await stage.ask('/api/list')
    assert.equal(code, 400)
    assert.deepEqual(json.error, { message: '"namespace" is missing', next: 'add ?namespace=' })
  })

  it('takes no address and no moment for what it is not', async () => {
    assert.equal((await stage.ask('//', { headers: { authorization: '' } })).code, 400)
    for (const moment of ['revision=abc', 'revision=-1', 'revision=1e3', 'time=yesterday'])
      assert.equal((await stage.ask(`${list}&${moment}`)).code, 400, moment)
    const named = await stage.ask('/api/recording?namespace=kube-system')
    assert.match(String(named.headers['content-disposition']), /^attachment; filename="[\w.-]+"$/)
    assert.deepEqual(stage.reported, [])
  })
})
