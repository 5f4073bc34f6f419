import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, request, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { NodeClient } from '../streaming/node-client.ts'
import { podStreams } from '../streaming/pod-streams.ts'
import { pod, startWireServer, type WireServer } from './wire.ts'

const pods = '/api/v1/namespaces/default/pods'
const protocols = ['v5', 'v4', 'v3', 'v2'].map((version) => `${version}.channel.k8s.io`)

/** What a node hears, and what it answers: its own part is its own to test. */
describe('wire: streams of pods', () => {
  let wire: WireServer
  let node: Server
  let client: NodeClient
  let heard: IncomingMessage[]
  const sockets = new WebSocketServer({ noServer: true })

  before(async () => {
    wire = await startWireServer()
    const { authority, admin } = wire
    const ca = authority.certificate
    const serving = await authority.issue({ commonName: 'n1', dnsNames: ['n1'], server: true })
    node = createServer({ cert: serving.certificate, key: serving.key, ca, requestCert: true })
    node.on('request', (incoming, response) => {
      heard.push(incoming)
      response.write('first\n')
      if (!incoming.url?.includes('follow')) response.end('last\n')
    })
    node.on('upgrade', (incoming, socket: Socket, head) => {
      heard.push(incoming)
      socket.on('error', () => {})
      if (incoming.headers.upgrade === 'websocket')
        sockets.handleUpgrade(incoming, socket, head, (opened) =>
          opened.on('message', (message) => opened.send(message)),
        )
      else {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n',
        )
        socket.pipe(socket)
      }
    })
    node.listen(0, '127.0.0.1')
    await once(node, 'listening')
    client = new NodeClient({ cert: admin.certificate, key: admin.key, ca })
    await wire.close()
    wire = await startWireServer({ handlers: podStreams(client) })
    await makePods()
  })
  beforeEach(() => {
    heard = []
  })
  afterEach(() => assert.deepEqual(wire.reported, []))
  after(async () => {
    await wire?.close()
    client?.close()
    node?.close()
    node?.closeAllConnections()
  })

  const makePods = async () => {
    const { port } = node.address() as AddressInfo
    await wire.ask('POST', '/api/v1/nodes', { body: { metadata: { name: 'n1' } } })
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    }
    await wire.ask('PATCH', '/api/v1/nodes/n1/status', { body: { status } })
    const containers = [{ name: 'c', image: 'i' }]
    const more = [...containers, { name: 'd', image: 'i' }]
    for (const body of [
      pod('one', { nodeName: 'n1', containers }),
      pod('two', { nodeName: 'n1', containers: more, initContainers: [{ name: 'i', image: 'i' }] }),
      pod('none', { containers }),
    ])
      assert.equal((await wire.ask('POST', pods, { body })).code, 201)
  }

  const tls = () => {
    const { certificate: cert, key } = wire.admin
    return { cert, key, ca: wire.authority.certificate }
  }
  const open = (path: string, offered: string[]) =>
    new WebSocket(`${wire.server.url.replace('https', 'wss')}${path}`, offered, tls())
  const refusal = async (socket: WebSocket) => {
    const [error] = (await once(socket, 'error')) as [Error]
    return error.message
  }
  /** An upgrade by hand, or the code of its refusal. */
  const upgrade = (method: string, path: string, headers: Record<string, string>) =>
    new Promise<{ code: number; answer: IncomingMessage; socket?: Socket }>((resolve, reject) => {
      const { port } = wire.server
      const place = { host: '127.0.0.1', port, path, method, agent: false }
      const all = { Connection: 'Upgrade', ...headers }
      const outgoing = request({ ...place, ...tls(), headers: all })
      outgoing.once('error', reject)
      outgoing.once('upgrade', (answer, socket: Socket) => resolve({ code: 101, answer, socket }))
      outgoing.once('response', (answer) => {
        answer.resume()
        resolve({ code: answer.statusCode ?? 0, answer })
      })
      outgoing.end()
    })

  it('speak the protocol that client and node agree on, and pass on what they say', async () => {
    for (const protocol of [...protocols, 'channel.k8s.io', 'v4.base64.channel.k8s.io']) {
      const socket = open(`${pods}/one/exec?command=ls&stdout=true`, [protocol])
      await once(socket, 'open')
      assert.equal(socket.protocol, protocol)
      socket.send('there and back')
      const [message] = (await once(socket, 'message')) as [Buffer]
      assert.equal(String(message), 'there and back')
      socket.close()
    }
    assert.equal(heard[0]?.url, '/exec/default/one/c?command=ls&stdout=true')
  })

  it('tell the node nothing of who asks, neither by header nor by subprotocol', async () => {
    const token = `base64url.bearer.authorization.k8s.io.${Buffer.from('x').toString('base64url')}`
    const socket = open(`${pods}/one/attach?stdin=true`, [token, ...protocols])
    await once(socket, 'open')
    socket.close()
    const { url, headers } = heard[0]!
    assert.equal(url, '/attach/default/one/c?stdin=true')
    assert.equal(headers['sec-websocket-protocol'], protocols.join(', '))
    assert.equal(headers.authorization, undefined)
  })

  it('pass SPDY on, by POST and by GET, with what the node chose', async () => {
    for (const [what, place] of [
      ['exec?command=sh', '/exec/default/one/c?command=sh'],
      ['attach?stdout=1', '/attach/default/one/c?stdout=1'],
      ['portforward', '/portForward/default/one?'],
    ])
      for (const method of ['POST', 'GET']) {
        const { answer, socket } = await upgrade(method, `${pods}/one/${what}`, {
          Upgrade: 'SPDY/3.1',
          'X-Stream-Protocol-Version': 'v4.channel.k8s.io',
        })
        assert.equal(answer.headers['x-stream-protocol-version'], 'v4.channel.k8s.io')
        socket?.write('frames')
        assert.equal(String((await once(socket!, 'data'))[0]), 'frames')
        socket?.destroy()
        const last = heard.at(-1)
        assert.deepEqual([last?.method, last?.url], [method, place])
        assert.equal(last?.headers['x-stream-protocol-version'], 'v4.channel.k8s.io')
      }
  })

  it('are refused without an upgrade, a container that is meant, or a node', async () => {
    const plain = await wire.ask('POST', `${pods}/one/exec?command=x`)
    assert.deepEqual([plain.code, plain.json.message], [400, 'Upgrade request required'])
    const messages: [string, string][] = [
      ['two/log', 'a container name must be specified for pod two, choose one of: [i c d]'],
      ['two/log?container=x', 'container x is not valid for pod two'],
    ]
    for (const [path, message] of messages) {
      const { code, json } = await wire.ask('GET', `${pods}/${path}`)
      assert.deepEqual([code, json.message], [400, message])
    }
    for (const [path, code] of [
      ['two/exec?command=x', '400'],
      ['none/exec?command=x', '400'],
      ['none/portforward', '400'],
      ['absent/attach', '404'],
    ])
      assert.match(await refusal(open(`${pods}/${path}`, protocols)), new RegExp(code!))
    assert.deepEqual(heard, [])
  })

  it('give logs, of no node an empty one, and refuse what cannot be meant', async () => {
    const log = await wire.ask('GET', `${pods}/one/log?tailLines=3`)
    assert.equal(log.text, 'first\nlast\n')
    assert.equal(log.headers['content-type'], 'text/plain')
    assert.equal(heard[0]?.url, '/containerLogs/default/one/c?tailLines=3')
    assert.deepEqual((await wire.ask('GET', `${pods}/none/log`)).text, '')
    const about = 'PodLogOptions "one" is invalid: '
    for (const [query, code, message] of [
      ['tailLines=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
      [
        'limitBytes=9223372036854775808',
        400,
        'strconv.ParseInt: parsing "9223372036854775808": value out of range',
      ],
      [
        'tailLines=-1',
        422,
        `${about}tailLines: Invalid value: -1: must be greater than or equal to 0`,
      ],
      ['limitBytes=0', 422, `${about}limitBytes: Invalid value: 0: must be greater than 0`],
      [
        'sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z',
        422,
        `${about}: Forbidden: at most one of \`sinceTime\` or \`sinceSeconds\` may be specified`,
      ],
    ] as const) {
      const answer = await wire.ask('GET', `${pods}/one/log?${query}`)
      assert.deepEqual([answer.code, answer.json.message], [code, message])
    }
  })

  it('give logs message by message over WebSocket, whole or until the client has enough', async () => {
    for (const [protocol, encoding] of [
      ['binary.k8s.io', 'utf8'],
      ['base64.binary.k8s.io', 'base64'],
    ] as const) {
      const socket = open(`${pods}/one/log`, [protocol])
      let received = ''
      socket.on('message', (message) => {
        received += Buffer.from(String(message), encoding)
      })
      const [code] = await once(socket, 'close')
      assert.equal(code, 1000)
      assert.equal(received, 'first\nlast\n')
    }
    const following = open(`${pods}/one/log?follow=true`, ['binary.k8s.io'])
    await once(following, 'message')
    const left = once(heard.at(-1)!.socket, 'close')
    following.terminate()
    await left
  })

  it('open nothing for a handshake that is none, and answer it once', async () => {
    const handshakes: Record<string, string>[] = [
      {},
      { 'Sec-WebSocket-Version': '13' },
      { 'Sec-WebSocket-Version': '1', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    ]
    for (const headers of handshakes)
      for (const path of [`${pods}?watch=true`, `${pods}/none/log`]) {
        const { code, answer } = await upgrade('GET', path, { Upgrade: 'websocket', ...headers })
        assert.deepEqual([code, answer.headers.connection?.toLowerCase()], [400, 'close'])
      }
  })

  it('say which node they could not reach', async () => {
    await wire.ask('POST', '/api/v1/nodes', { body: { metadata: { name: 'n2' } } })
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
    }
    await wire.ask('PATCH', '/api/v1/nodes/n2/status', { body: { status } })
    await wire.ask('POST', pods, { body: pod('far', { nodeName: 'n2' }) })
    const { code, json } = await wire.ask('GET', `${pods}/far/log`)
    assert.deepEqual([code, json.reason], [500, undefined])
    assert.match(json.message, /^error dialing backend: node "n2": connect ECONNREFUSED/)
  })

  it('are ordinary answers to upgrades to anything else', async () => {
    const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' }
    assert.equal((await upgrade('GET', `${pods}/one/log`, headers)).code, 200)
    const watch = await upgrade('GET', `${pods}?watch=true&timeoutSeconds=1`, headers)
    assert.equal(watch.code, 200)
    watch.answer.destroy()
  })
})
