/** Clients that break the rules of HTTP: whatever they do, they do it to themselves. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2, constants } from 'node:http2'
import { connect, type TLSSocket } from 'node:tls'
import { configMap, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'

/** Like `once`, which fails where the other end resets the connection: here that is as good as closing it. */
const happening = (socket: TLSSocket, event: 'close' | 'drain') =>
  new Promise<void>((resolve) => {
    if (event === 'close' && socket.closed) resolve()
    else socket.once(event, () => resolve())
  })

describe('wire: hostile connections', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer({ patience: { headersMs: 500, bodyMs: 1_000 } })
    await wire.ask('POST', maps, { body: configMap('victim') })
  })
  afterEach(async () => {
    // It lives, it answers soon, and nothing has changed.
    const start = performance.now()
    assert.equal((await wire.ask('GET', `${maps}/victim`)).code, 200)
    assert.ok(performance.now() - start < 2_000)
    assert.deepEqual(wire.reported, [])
  })
  after(() => wire.close())

  const dial = async (protocol = 'http/1.1'): Promise<TLSSocket> => {
    const { certificate: cert, key } = wire.admin
    const socket = connect({
      host: '127.0.0.1',
      port: wire.server.port,
      ca: wire.authority.certificate,
      cert,
      key,
      ALPNProtocols: [protocol],
    })
    await once(socket, 'secureConnect')
    socket.on('error', () => {})
    return socket
  }

  /** All that comes until the server closes the connection. */
  const heard = async (socket: TLSSocket): Promise<string> => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    await happening(socket, 'close')
    return text
  }
  const send = async (bytes: string): Promise<string> => {
    const socket = await dial()
    const answer = heard(socket)
    socket.write(bytes, 'latin1')
    return answer
  }

  describe('that smuggle a request in another', () => {
    const smuggled = `DELETE ${maps}/victim HTTP/1.1\r\nHost: a\r\n\r\n`
    const request = (headers: string, rest = '') =>
      `POST ${maps} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${rest}${smuggled}`
    const tries: [string, string][] = [
      [
        'a length and chunks',
        request('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
      ],
      [
        'chunks and a length',
        request('Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'),
      ],
      ['two lengths', request('Content-Length: 0\r\nContent-Length: 6')],
      ['a list of lengths', request('Content-Length: 0, 6')],
      ['a length with a sign', request('Content-Length: +0')],
      ['a length in hexadecimal', request('Content-Length: 0x0')],
      ['a space before the colon', request('Content-Length : 0')],
      ['a folded header', request('X: a\r\n Content-Length: 10\r\nContent-Length: 0')],
      ['a bare CR in a header', request('X: a\rContent-Length: 10\r\nContent-Length: 0')],
      ['a zero byte in a header', request('X: a\0b\r\nContent-Length: 0')],
      ['chunks that are not the last coding', request('Transfer-Encoding: chunked, identity')],
      ['an unknown coding', request('Transfer-Encoding: xchunked')],
      ['chunks whose size is no number', request('Transfer-Encoding: chunked', '0x0\r\n\r\n')],
      ['chunks larger than any', request('Transfer-Encoding: chunked', `${'f'.repeat(20)}\r\n`)],
      ['a chunk without its end', request('Transfer-Encoding: chunked', '1\r\nabc0\r\n\r\n')],
      [
        'endless chunk extensions',
        request('Transfer-Encoding: chunked', `0;${'x'.repeat(200_000)}\r\n\r\n`),
      ],
      ['headers without end', request(`X: ${'a'.repeat(100_000)}`)],
      ['a method that is none', `G@T / HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`],
      ['a version that is none', `GET / HTTP/9.9\r\nHost: a\r\n\r\n${smuggled}`],
    ]
    for (const [what, bytes] of tries)
      it(`by ${what}`, async () => {
        const answer = await send(bytes)
        assert.match(answer, /^(HTTP\/1\.1 4\d\d |$)/, answer.slice(0, 300))
        assert.equal(answer.split('HTTP/1.1 ').length <= 2, true, answer.slice(0, 300))
      }).timeout(5_000)
  })

  describe('that take their time', () => {
    it('are closed while they send headers', async () => {
      const socket = await dial()
      const answer = heard(socket)
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n')
      const drip = setInterval(() => socket.write('X: y\r\n'), 100)
      const text = await answer
      clearInterval(drip)
      assert.match(text, /^(HTTP\/1\.1 408 |$)/)
    }).timeout(5_000)

    it('are closed while they send a body', async () => {
      const socket = await dial()
      const answer = heard(socket)
      socket.write(`POST ${maps} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n`)
      const drip = setInterval(() => socket.write(' '), 100)
      const text = await answer
      clearInterval(drip)
      assert.match(text, /^(HTTP\/1\.1 4\d\d |$)/)
    }).timeout(5_000)
  })

  describe('of HTTP/2', () => {
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const frame = (type: number, flags: number, stream: number, payload = Buffer.alloc(0)) => {
      const head = Buffer.alloc(9)
      head.writeUIntBE(payload.length, 0, 3)
      head[3] = type
      head[4] = flags
      head.writeUInt32BE(stream, 5)
      return Buffer.concat([head, payload])
    }
    const settings = frame(4, 0, 0)
    const ping = frame(6, 0, 0, Buffer.alloc(8))
    /** `:method GET`, `:scheme https`, `:path /`, by the static table. */
    const headers = (stream: number, flags = 4) =>
      frame(1, flags, stream, Buffer.from([0x82, 0x87, 0x84]))
    const field = Buffer.concat([
      Buffer.from([0x00, 1]),
      Buffer.from('x'),
      Buffer.from([100]),
      Buffer.alloc(100, 0x61),
    ])
    const repeat = (one: Buffer, count: number) => Buffer.concat(Array(count).fill(one))

    /** Floods, without reading what is answered, until the server has had enough or the flood is over. */
    const flood = async (begin: Buffer, again: (round: number) => Buffer, rounds: number) => {
      const socket = await dial('h2')
      socket.pause()
      let closed = false
      const over = happening(socket, 'close').then(() => {
        closed = true
      })
      socket.write(Buffer.concat([preface, settings, begin]))
      const before = process.memoryUsage().rss
      for (let round = 0; round < rounds && !closed; round++) {
        const room = socket.write(again(round))
        await Promise.race([
          over,
          room ? new Promise(setImmediate) : happening(socket, 'drain'),
          new Promise((resolve) => setTimeout(resolve, 200)),
        ])
      }
      const grown = process.memoryUsage().rss - before
      // It may be closed already, and tells only who reads.
      socket.resume()
      if (!closed) await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 300))])
      socket.destroy()
      assert.ok(grown < 300 << 20, `grew by ${grown >> 20} MiB`)
      return closed
    }

    it('that open and reset streams are told to go', async () => {
      const session = connectHttp2(wire.server.url, {
        ca: wire.authority.certificate,
        cert: wire.admin.certificate,
        key: wire.admin.key,
      })
      session.on('error', () => {})
      await once(session, 'connect')
      let gone = false
      session.once('goaway', () => {
        gone = true
      })
      session.once('close', () => {
        gone = true
      })
      for (let count = 0; count < 20_000 && !gone; count++) {
        const stream = session.request({ ':path': '/version' })
        stream.on('error', () => {})
        stream.close(constants.NGHTTP2_CANCEL)
        if (count % 100 === 0) await new Promise(setImmediate)
      }
      session.destroy()
      assert.ok(gone)
    }).timeout(15_000)

    it('whose headers never end are closed', async () => {
      const more = frame(9, 0, 1, Buffer.concat(Array(100).fill(field)))
      assert.ok(await flood(headers(1, 0), () => repeat(more, 10), 200))
    }).timeout(15_000)

    it('that flood with settings are closed', async () => {
      assert.ok(await flood(settings, () => repeat(settings, 1_000), 300))
    }).timeout(20_000)

    it('that flood with pings are closed', async () => {
      assert.ok(await flood(settings, () => repeat(ping, 1_000), 300))
    }).timeout(20_000)

    it('that take answers a byte at a time hold up nobody else', async () => {
      const socket = await dial('h2')
      const window = Buffer.alloc(6)
      window.writeUInt16BE(4, 0)
      window.writeUInt32BE(1, 2)
      socket.write(Buffer.concat([preface, frame(4, 0, 0, window)]))
      for (let stream = 1; stream < 400; stream += 2) socket.write(headers(stream, 5))
      socket.resume()
      for (let round = 0; round < 20; round++)
        assert.equal((await wire.ask('GET', `${maps}/victim`)).code, 200)
      socket.destroy()
    }).timeout(10_000)
  })
})
