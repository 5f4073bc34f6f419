import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../../controllers/framework/index.ts'
import { httpRegistry } from './http-registry.ts'
import { RegistryError, type RegistryProblem } from './registry.ts'

const digest = `sha256:${'1'.repeat(64)}`
const login = { username: 'jason', password: 'argo:50' }
const basic = `Basic ${Buffer.from('jason:argo:50').toString('base64')}`

/** Time stands still until `expire`. */
function stoppedClock(): Clock & { expire(): void; waiting(): number } {
  const tasks = new Set<() => void>()
  return {
    now: () => 0,
    monotonic: () => 0,
    after(_, task) {
      tasks.add(task)
      return () => tasks.delete(task)
    },
    expire: () => {
      for (const task of tasks) task()
    },
    waiting: () => tasks.size,
  }
}

describe('a registry over HTTP', () => {
  let server: Server
  let host: string
  let requests: string[]
  let respond: (request: IncomingMessage, response: ServerResponse) => void
  let clock: ReturnType<typeof stoppedClock>
  const signal = new AbortController().signal

  beforeEach(async () => {
    requests = []
    clock = stoppedClock()
    respond = (_, response) => response.writeHead(200, { 'Docker-Content-Digest': digest }).end()
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`)
      respond(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    server.close()
    server.closeAllConnections()
  })

  const image = (name = host) => ({ host: name, repository: 'crew/shop', tag: 'live' })
  const resolve = (question = {}) => httpRegistry().resolve(image(), { clock, signal, ...question })
  const refused = (problem: RegistryProblem, words: RegExp) => (error: unknown) => {
    assert.ok(error instanceof RegistryError, String(error))
    assert.equal(error.problem, problem)
    assert.match(error.message, words)
    return true
  }

  it('names the digest of a tag, asked by one HEAD that takes every type of manifest', async () => {
    let accepted = ''
    respond = ({ headers }, response) => {
      accepted = headers.accept ?? ''
      response.writeHead(200, { 'Docker-Content-Digest': digest }).end()
    }
    assert.equal(await resolve(), digest)
    assert.deepEqual(requests, ['HEAD /v2/crew/shop/manifests/live'])
    for (const type of ['oci.image.index', 'oci.image.manifest', 'manifest.list', 'manifest.v2'])
      assert.ok(accepted.includes(type), type)
    assert.equal(clock.waiting(), 0, 'no timer is left')
  })

  for (const [status, problem] of [
    [404, 'ImageNotFound'],
    [403, 'Unauthorized'],
    [307, 'RegistryUnavailable'],
    [429, 'RegistryUnavailable'],
    [500, 'RegistryUnavailable'],
  ] as const)
    it(`takes ${status} for ${problem}`, async () => {
      respond = (_, response) =>
        response.writeHead(status, { Location: 'http://127.0.0.1:1/' }).end()
      await assert.rejects(resolve(), refused(problem, /crew\/shop:live|answered/))
      assert.equal(requests.length, 1)
    })

  it('believes no answer without a digest', async () => {
    respond = (_, response) => response.writeHead(200, { 'Docker-Content-Digest': 'md5:1' }).end()
    await assert.rejects(resolve(), refused('RegistryUnavailable', /Docker-Content-Digest/))
  })

  it('shows a login only when it is asked for one', async () => {
    const seen: unknown[] = []
    respond = ({ headers }, response) => {
      seen.push(headers.authorization)
      if (headers.authorization === basic)
        response.writeHead(200, { 'Docker-Content-Digest': digest }).end()
      else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="crew"' }).end()
    }
    assert.equal(await resolve({ credentials: login }), digest)
    assert.deepEqual(seen, [undefined, basic])
    await assert.rejects(resolve(), refused('Unauthorized', /spec\.pullSecret/))
    const wrong = { username: 'jason', password: 'no' }
    await assert.rejects(resolve({ credentials: wrong }), refused('Unauthorized', /401/))
  })

  it('fetches a token where the registry leaves logins to another server', async () => {
    let tokenRequest: { url?: string | undefined; authorization?: string | undefined } = {}
    respond = ({ url = '', headers }, response) => {
      const { authorization } = headers
      if (url.startsWith('/token')) {
        tokenRequest = { url, authorization }
        response.end('{"token":"abc.def"}')
      } else if (authorization === 'Bearer abc.def')
        response.writeHead(200, { 'Docker-Content-Digest': digest }).end()
      else {
        const challenge = `Bearer realm="http://${host}/token",service="s",scope="repository:crew/shop:pull"`
        response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
      }
    }
    assert.equal(await resolve({ credentials: login }), digest)
    assert.equal(tokenRequest.url, '/token?service=s&scope=repository%3Acrew%2Fshop%3Apull')
    assert.equal(tokenRequest.authorization, basic)
  })

  it('takes a login nowhere without TLS', async () => {
    const challenge = 'Bearer realm="http://198.51.100.7/token",service="s"'
    respond = (_, response) => response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
    await assert.rejects(resolve({ credentials: login }), refused('Unauthorized', /without TLS/))
  })

  for (const [what, body] of [
    ['no JSON', '<html>'],
    ['no token', '{"token":7}'],
    ['a token that would split a header', '{"token":"a\\r\\nb"}'],
    ['more than a token', JSON.stringify({ token: 'a'.repeat(70_000) })],
  ] as const)
    it(`refuses a login server that answers with ${what}`, async () => {
      respond = ({ url }, response) => {
        if (url === '/token') response.end(body)
        else
          response
            .writeHead(401, { 'WWW-Authenticate': `Bearer realm="http://${host}/token"` })
            .end()
      }
      await assert.rejects(resolve(), refused('RegistryUnavailable', /cannot be asked/))
    })

  it('waits no longer than it is told', async () => {
    respond = () => clock.expire()
    await assert.rejects(resolve(), refused('RegistryUnavailable', /no answer within 5000 ms/))
  })

  it('ends when whoever asks has gone', async () => {
    const gone = new AbortController()
    const reason = new Error('the run was stopped')
    respond = () => gone.abort(reason)
    await assert.rejects(resolve({ signal: gone.signal }), reason)
    assert.equal(clock.waiting(), 0)
  })

  it('says when nobody listens', async () => {
    server.close()
    await once(server, 'close')
    await assert.rejects(resolve(), refused('RegistryUnavailable', /ECONNREFUSED/))
  })
})
