import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { proxyable } from '../proxy/proxyable-address.ts'
import { startWireServer, type WireServer } from './wire.ts'

const pods = '/api/v1/namespaces/default/pods'
const services = '/api/v1/namespaces/default/services'

interface Heard {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** More than the buffers of a connection hold. */
const much = 8 << 20

const page = `<!DOCTYPE html><html><body><a href="/next?x=1">next</a><img src="pic.png">
<a href="https://example.com/out">out</a><form action="/send"></form></body></html>`

describe('proxies to pods, services and nodes', () => {
  let backend: Server
  let heard: Heard[]
  let port: number
  let server: WireServer

  before(async () => {
    backend = createServer(async (incoming, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const { method = '', url = '', headers } = incoming
      heard.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
      if (url.startsWith('/moved')) response.writeHead(302, { Location: '/there?a=b' }).end()
      else if (url.startsWith('/page'))
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page)
      else if (url.startsWith('/switch'))
        response.socket?.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
        )
      else if (url.startsWith('/broken')) {
        response.writeHead(200, { 'Content-Length': '100' })
        response.write('the beginning')
        setImmediate(() => response.destroy())
      } else
        response
          .writeHead(url.startsWith('/teapot') ? 418 : 200, {
            'X-From': 'backend',
            Connection: 'keep-alive, X-Private',
            'X-Private': 'hop',
          })
          .end(`heard ${method} ${url}`)
    })
    backend.on('upgrade', (incoming, socket) => {
      const { method = '', url = '', headers } = incoming
      heard.push({ method, url, headers, body: '' })
      if (incoming.url === '/refuse') {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
        return
      }
      socket.on('error', () => {})
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      )
      if (incoming.url === '/much') socket.end(Buffer.alloc(much, 'x'))
      else socket.pipe(socket)
    })
    backend.listen(0, '127.0.0.1')
    await once(backend, 'listening')
    port = (backend.address() as AddressInfo).port
    server = await startWireServer({ proxy: { checkAddress: () => {} } })
    await makePod(server)
  })
  beforeEach(() => {
    heard = []
  })
  after(async () => {
    await server?.close()
    backend?.close()
    backend?.closeAllConnections()
  })

  const makePod = async (on: WireServer) => {
    const container = { name: 'c', image: 'x', ports: [{ name: 'web', containerPort: port }] }
    const body = { metadata: { name: 'web' }, spec: { nodeName: 'n', containers: [container] } }
    assert.equal((await on.ask('POST', pods, { body })).code, 201)
    const status = { status: { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] } }
    const { code, text } = await on.ask('PATCH', `${pods}/web/status`, { body: status })
    assert.equal(code, 200, text)
  }

  it('pass method, path, query and body there, and code, headers and body back', async () => {
    const answer = await server.ask('POST', `${pods}/web/proxy/teapot//a%2fb?x=1&watch=1`, {
      body: 'some text',
      headers: { 'Content-Type': 'text/plain' },
    })
    assert.equal(answer.code, 418)
    assert.equal(answer.text, 'heard POST /teapot//a%2fb?x=1&watch=1')
    assert.equal(answer.headers['x-from'], 'backend')
    assert.equal(heard[0]?.body, 'some text')
    assert.equal(heard[0]?.headers['content-type'], 'text/plain')
  })

  it('work over HTTP/2 as well', async () => {
    const session = server.http2()
    const stream = session.request({ ':method': 'POST', ':path': `${pods}/web/proxy/two` })
    stream.end('body')
    let text = ''
    for await (const chunk of stream) text += chunk
    session.close()
    assert.equal(text, 'heard POST /two')
    assert.equal(heard[0]?.body, 'body')
  })

  it('find the port by number, by name, and by itself', async () => {
    for (const name of ['web', `web:${port}`, 'web:web', `http:web:${port}`])
      assert.equal((await server.ask('GET', `${pods}/${name}/proxy/x`)).text, 'heard GET /x', name)
    assert.equal((await server.ask('GET', `${pods}/web:none/proxy/x`)).code, 400)
    assert.equal((await server.ask('GET', `${pods}/ftp:web:1/proxy/x`)).code, 400)
    assert.equal((await server.ask('GET', `${pods}/nosuch/proxy/x`)).json.reason, 'NotFound')
  })

  it('send GET and HEAD without a slash to the one with it, and other methods to the root', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { code, headers } = await server.ask(method, `${pods}/web/proxy?a=b`)
      assert.equal(code, 301)
      assert.equal(headers.location, `${pods}/web/proxy/?a=b`)
    }
    assert.equal(heard.length, 0)
    const { code, text } = await server.ask('PUT', `${pods}/web/proxy?a=b`)
    assert.deepEqual([code, text], [200, 'heard PUT /?a=b'])
  })

  it('hand on no credentials and nothing of the connection, and say who is behind them', async () => {
    const headers = {
      Authorization: 'Bearer secret',
      'X-Remote-User': 'somebody',
      'X-Mine': 'kept',
      Connection: 'X-Dropped',
      'X-Dropped': 'x',
    }
    const answer = await server.ask('GET', `${pods}/web/proxy/x`, { headers })
    assert.equal(answer.headers['x-private'], undefined)
    const { headers: there } = heard[0]!
    assert.equal(there.authorization, undefined)
    assert.equal(there['x-remote-user'], undefined)
    assert.equal(there['x-dropped'], undefined)
    assert.equal(there['x-mine'], 'kept')
    assert.equal(there['x-forwarded-for'], '127.0.0.1')
    assert.equal(there['x-forwarded-proto'], 'https')
    assert.equal(there.host, `127.0.0.1:${port}`)
  })

  it('keep redirects and the links of pages under their own path', async () => {
    const prefix = `${pods}/web/proxy`
    const moved = await server.ask('GET', `${prefix}/moved`)
    assert.deepEqual([moved.code, moved.headers.location], [302, `${prefix}/there?a=b`])
    const { text } = await server.ask('GET', `${prefix}/page`)
    assert.match(text, new RegExp(`<a href="${prefix}/next\\?x=1">next</a><img src="pic.png">`))
    assert.match(text, /<a href="https:\/\/example.com\/out">/)
    assert.match(text, new RegExp(`<form action="${prefix}/send">`))
  })

  it('break off when the other end does', async () => {
    await assert.rejects(server.ask('GET', `${pods}/web/proxy/broken`), /aborted|reset|hang up/)
  })

  it('take no other protocol for an answer', async () => {
    const { code, json } = await server.ask('GET', `${pods}/web/proxy/switch`)
    assert.equal(code, 503)
    assert.match(json.message, /error trying to reach pod "web": it closed the connection/)
  })

  it('say whom they could not reach', async () => {
    const { code, json } = await server.ask('GET', `${pods}/web:1/proxy/x`)
    assert.equal(code, 503)
    assert.match(json.message, /error trying to reach pod "web": connect ECONNREFUSED/)
  })

  interface Upgraded {
    status: string
    socket: Socket
    closed: Promise<unknown>
    send?(text: string): Promise<string>
  }
  const upgrade = (path: string, headers: Record<string, string> = {}) =>
    new Promise<Upgraded>((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: server.server.port,
        path,
        ca: server.authority.certificate,
        cert: server.admin.certificate,
        key: server.admin.key,
        headers: {
          Connection: 'Upgrade',
          Upgrade: 'echo',
          'Sec-WebSocket-Protocol': `base64url.bearer.authorization.k8s.io.c2VjcmV0, chat`,
          ...headers,
        },
      })
      outgoing.once('error', reject)
      outgoing.once('response', (response) => {
        response.resume()
        const closed = once(response.socket, 'close')
        resolve({ status: String(response.statusCode), socket: response.socket, closed })
      })
      outgoing.once('upgrade', (_response, socket: Socket) =>
        resolve({
          status: '101',
          socket,
          closed: once(socket, 'close'),
          async send(text) {
            socket.write(text)
            const [chunk] = await once(socket, 'data')
            socket.end()
            return String(chunk)
          },
        }),
      )
      outgoing.end()
    })

  it('pass a connection on that both ends upgrade', async () => {
    const { status, send, closed } = await upgrade(`${pods}/web/proxy/echo`)
    assert.equal(status, '101')
    assert.equal(await send?.('over and back'), 'over and back')
    await closed
  })

  it('pass on everything, also where the other end closes when it has said all', async () => {
    const { socket } = await upgrade(`${pods}/web/proxy/much`)
    let length = 0
    for await (const chunk of socket) length += (chunk as Buffer).length
    assert.equal(length, much)
  })

  it('take a client that breaks off for no fault of theirs', async () => {
    const theirs = once(backend, 'upgrade') as Promise<[IncomingMessage, Socket]>
    const { socket } = await upgrade(`${pods}/web/proxy/much`)
    const [, other] = await theirs
    const gone = new Promise((resolve) => other.once('close', resolve))
    await once(socket, 'data')
    socket.destroy()
    await gone
    await new Promise(setImmediate)
    assert.deepEqual(server.reported, [])
  })

  it('hand on no token that came as a subprotocol', async () => {
    const { send, closed } = await upgrade(`${pods}/web/proxy/echo`)
    await send?.('x')
    await closed
    assert.equal(heard[0]?.headers['sec-websocket-protocol'], 'chat')
  })

  it('open no connection for the page of another site, whose browser has a certificate', async () => {
    const Origin = 'https://evil.example.com'
    assert.equal((await upgrade(`${pods}/web/proxy/echo`, { Origin })).status, '403')
    assert.deepEqual(heard, [])
  })

  it('end a connection whose upgrade was refused: nothing else goes through it', async () => {
    const { status, closed } = await upgrade(`${pods}/web/proxy/refuse`)
    assert.equal(status, '403')
    await closed
  })

  it('lead through a service to its ready endpoints', async () => {
    const spec = { selector: { app: 'none' }, ports: [{ name: 'web', port: 80 }] }
    await server.ask('POST', services, { body: { metadata: { name: 'shop' }, spec } })
    const nobody = await server.ask('GET', `${services}/shop:web/proxy/x`)
    assert.equal(nobody.code, 503)
    assert.match(nobody.json.message, /no endpoints available for service "shop"/)
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'shop-1',
        namespace: 'default',
        uid: 'u',
        labels: { 'kubernetes.io/service-name': 'shop' },
      },
      addressType: 'IPv4',
      ports: [{ name: 'web', port, protocol: 'TCP' }],
      endpoints: [
        { addresses: ['127.0.0.9'], conditions: { ready: false } },
        { addresses: ['127.0.0.1'], conditions: { ready: true } },
      ],
    }
    // Straight into the store: no client may say that an endpoint is on loopback.
    const key = '/registry/discovery.k8s.io/endpointslices/default/shop-1'
    await server.storage.write({ key, value: Buffer.from(JSON.stringify(slice)), expect: 0 })
    await server.ask('GET', '/apis/discovery.k8s.io/v1/endpointslices')
    for (const name of ['shop', 'shop:web', 'shop:80', 'http:shop:web'])
      assert.equal(
        (await server.ask('GET', `${services}/${name}/proxy/x`)).text,
        'heard GET /x',
        name,
      )
    const wrong = await server.ask('GET', `${services}/shop:99/proxy/x`)
    assert.match(wrong.json.message, /no service port "99" found for service "shop"/)
  })

  it("refuse this machine's own addresses, however they came into an object", async () => {
    const strict = await startWireServer()
    await makePod(strict)
    const { code, json } = await strict.ask('GET', `${pods}/web/proxy/x`)
    assert.deepEqual([code, json.message], [400, 'address not allowed'])
    assert.equal(heard.length, 0)
    await strict.close()
    for (const address of [
      '127.0.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '::1',
      '::',
      'fe80::1',
      'ff02::1',
      '224.0.0.1',
      '::ffff:127.0.0.1',
      '0:0:0:0:0:0:0:1',
      'FE80::1',
      'localhost',
    ])
      assert.equal(proxyable(address), false, address)
    for (const address of ['10.0.0.1', '192.168.1.1', 'fd00::1', '10.127.0.1'])
      assert.equal(proxyable(address), true, address)
  })
})
