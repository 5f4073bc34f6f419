import assert from 'node:assert/strict'
import { request } from 'node:https'
import type { Duplex } from 'node:stream'
import type { KeyPair } from '../auth/certificates.ts'
import { badRequest } from '../http/status.ts'
import type { SubresourceHandler, SubresourceRequest } from '../http/subresource-handler.ts'
import { startWireServer, type WireServer } from './wire.ts'

const path = '/api/v1/namespaces/default/pods/p'

describe('wire: subresources that stream', () => {
  let wire: WireServer
  let asked: SubresourceRequest | undefined

  const echo: SubresourceHandler = {
    async serve(exchange, request) {
      asked = request
      const output = exchange.open(200, { 'Content-Type': 'text/plain' })
      output.write(await exchange.body(1000))
      output.end()
    },
    async upgrade({ socket, head }, request) {
      asked = request
      if (request.query.get('command') === 'bad') throw badRequest('no such command')
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      )
      socket.write(head)
      socket.pipe(socket)
    },
  }

  before(async () => {
    wire = await startWireServer({
      handlers: new Map([
        ['pods/exec', echo],
        ['pods/proxy', echo],
      ]),
    })
  })
  after(() => wire.close())

  const upgrade = (url: string, who: KeyPair = wire.admin, on: WireServer = wire) =>
    new Promise<{ code: number; text?: string; socket?: Duplex }>((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: on.server.port,
        path: url,
        headers: { connection: 'Upgrade', upgrade: 'echo' },
        ca: wire.authority.certificate,
        cert: who.certificate,
        key: who.key,
        agent: false,
      })
      outgoing.once('error', reject)
      outgoing.once('upgrade', (response, socket) =>
        resolve({ code: response.statusCode ?? 0, socket }),
      )
      outgoing.once('response', (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.once('end', () => resolve({ code: response.statusCode ?? 0, text }))
      })
      outgoing.end()
    })

  it('go to their handlers, with what was asked', async () => {
    const { code, text } = await wire.ask('POST', `${path}/proxy/a%2fb//c?x=1`, { body: 'hello' })
    assert.equal(code, 200)
    assert.equal(text, 'hello')
    assert.equal(asked?.target.name, 'p')
    assert.equal(asked?.target.namespace, 'default')
    assert.equal(asked?.rest, '/a%2fb//c')
    assert.equal(asked?.query.get('x'), '1')
    assert.equal(asked?.context.user.name, 'admin')
  })

  it('take the connection over when it is upgraded', async () => {
    const { code, socket } = await upgrade(`${path}/exec?command=cat`)
    assert.equal(code, 101)
    const answer = new Promise((resolve) => socket?.once('data', (data) => resolve(`${data}`)))
    socket?.write('round trip')
    assert.equal(await answer, 'round trip')
    socket?.destroy()
  })

  it('refuse an upgrade with a Status, and close', async () => {
    const { code, text = '' } = await upgrade(`${path}/exec?command=bad`)
    assert.equal(code, 400)
    assert.equal(JSON.parse(text).message, 'no such command')
  })

  it('ask for create, however the upgrade is asked for', async () => {
    const reader = await startWireServer({
      handlers: new Map([['pods/exec', echo]]),
      authorizer: (attributes) => ({ allowed: attributes.verb === 'get' }),
    })
    const { code, text = '' } = await upgrade(`${path}/exec?command=cat`, wire.admin, reader)
    assert.equal(code, 403)
    assert.match(JSON.parse(text).message, /cannot create resource "pods\/exec"/)
    await reader.close()
  })

  it('answer methods they do not have with 405, and what is not there with 404', async () => {
    assert.equal((await wire.ask('PUT', `${path}/exec`, { body: {} })).code, 405)
    assert.equal((await upgrade(`${path}/attach`)).code, 501)
    assert.equal((await upgrade(`${path}/none`)).code, 404)
  })
})
