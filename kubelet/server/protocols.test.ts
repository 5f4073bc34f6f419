import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { Duplex } from 'node:stream'
import { SpdySession } from './spdy/session.ts'
import { bytes, command, Lab, missing, talk } from './test-server.ts'

/** Bytes in messages, by hand: the library's client offers no protocol with a slash in its name. */
class Tunnel extends Duplex {
  readonly #socket: Duplex
  #received = Buffer.alloc(0)

  constructor(socket: Duplex) {
    super()
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('close', () => this.destroy())
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    assert.ok(chunk.length < 126)
    const masked = [0x82, 0x80 | chunk.length, 0, 0, 0, 0]
    this.#socket.write(Buffer.concat([Buffer.from(masked), chunk]), done)
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.#socket.destroy()
    done()
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    for (;;) {
      const [, length = 126] = this.#received
      if (this.#received.length < 2 + length) return
      assert.ok(length < 126)
      this.push(this.#received.subarray(2, 2 + length))
      this.#received = this.#received.subarray(2 + length)
    }
  }
}

/** A stream of SPDY, heard to its end. */
function listen(session: SpdySession, headers: Record<string, string>) {
  let text = ''
  let end = () => {}
  const ended = new Promise<string>((resolve) => {
    end = () => resolve(text)
  })
  let heard = () => {}
  const stream = session.open(headers, {
    data: (chunk) => {
      text += chunk
      heard()
    },
    end,
  })
  /** Waits until so much has come. */
  const says = async (expected: string) => {
    while (text.length < expected.length)
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    assert.equal(text, expected)
  }
  return { stream, ended, says }
}

const spdy = { Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': 'v4.channel.k8s.io' }

describe(`the protocols of streams${missing ? ` (skipped: ${missing})` : ''}`, function () {
  this.timeout(60_000)
  const lab = new Lab()
  let echo: Server
  let port = ''
  before(async function () {
    if (missing) return this.skip()
    await lab.start()
    echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    port = String((echo.address() as { port: number }).port)
  })
  after(async () => {
    echo?.close()
    if (!missing) await lab.stop()
  })

  const session = async (method: string, path: string, headers: Record<string, string>) => {
    const { code, answer, socket, head } = await lab.upgrade(method, path, headers)
    assert.equal(code, 101)
    const chosen = answer.headers['x-stream-protocol-version']
    return { chosen, session: new SpdySession(socket!, head!) }
  }

  for (const protocol of ['v5', 'v4', 'v4.base64'])
    it(`${protocol} tells how a command ended as a Status`, async () => {
      const offered = `${protocol}.channel.k8s.io`
      const talked = await talk(lab.socket(command('echo hi; exit 7'), [offered]))
      assert.equal(talked.protocol, offered)
      assert.equal(talked.text.get(1), 'hi\n')
      const { reason, details } = JSON.parse(talked.text.get(3) ?? '')
      assert.equal(reason, 'NonZeroExitCode')
      assert.deepEqual(details.causes, [{ reason: 'ExitCode', message: '7' }])
    })

  for (const protocol of ['v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'])
    it(`${protocol} tells of a failure in words`, async () => {
      const talked = await talk(lab.socket(command('exit 7'), [protocol]))
      assert.equal(talked.protocol, protocol)
      assert.match(talked.text.get(3) ?? '', /^command terminated with .*exit code/)
      const well = await talk(lab.socket(command('exit 0'), [protocol]))
      assert.equal(well.text.get(3), undefined)
    })

  it('no protocol at all is the first there was', async () => {
    const { protocol, text } = await talk(lab.socket(command('echo hi'), []))
    assert.equal(protocol, '')
    assert.deepEqual([text.get(1), text.get(3)], ['hi\n', undefined])
  })

  it('attaching reaches the process that runs, and leaving lets it run', async () => {
    const socket = lab.socket('/attach/default/shell/main?input=1&output=1', ['v5.channel.k8s.io'])
    const ended = talk(socket, () => socket.send(bytes(0, 'to the process\n')))
    let text = ''
    socket.on('message', (message: Buffer) => {
      text += message.toString('utf8', 1)
      if (text.endsWith('\n')) socket.close()
    })
    await ended
    assert.equal(text, 'to the process\n')
    const again = await talk(lab.socket(command('echo runs'), ['v5.channel.k8s.io']))
    assert.equal(again.text.get(1), 'runs\n')
  })

  for (const method of ['POST', 'GET'])
    it(`SPDY by ${method} runs a command for clients that speak it themselves`, async () => {
      const path = command('cat; echo err >&2; exit 3', '&input=1')
      const { chosen, session: client } = await session(method, path, spdy)
      assert.equal(chosen, 'v4.channel.k8s.io')
      const error = listen(client, { streamtype: 'error' })
      const input = listen(client, { streamtype: 'stdin' })
      const [output, errors] = ['stdout', 'stderr'].map((streamtype) =>
        listen(client, { streamtype }),
      )
      error.stream.close()
      input.stream.write(Buffer.from('given'))
      input.stream.close()
      assert.deepEqual([await output?.ended, await errors?.ended], ['given', 'err\n'])
      const { reason, details } = JSON.parse(await error.ended)
      assert.equal(reason, 'NonZeroExitCode')
      assert.equal(details.causes[0].message, '3')
      client.close()
    })

  it('SPDY attaches to the process that runs', async () => {
    const path = '/attach/default/shell/main?input=1&output=1'
    const { session: client } = await session('POST', path, spdy)
    listen(client, { streamtype: 'error' }).stream.close()
    const input = listen(client, { streamtype: 'stdin' })
    const output = listen(client, { streamtype: 'stdout' })
    input.stream.write(Buffer.from('by SPDY\n'))
    await output.says('by SPDY\n')
    client.close()
  })

  const forwards = async (client: SpdySession) => {
    for (const requestid of ['0', '1']) {
      listen(client, { streamtype: 'error', port, requestid }).stream.close()
      const data = listen(client, { streamtype: 'data', port, requestid })
      data.stream.write(Buffer.from('there and back'))
      await data.says('there and back')
    }
    client.close()
  }

  it('SPDY forwards a port, one connection after the other', async () => {
    const headers = { ...spdy, 'X-Stream-Protocol-Version': 'portforward.k8s.io' }
    const { chosen, session: client } = await session('POST', '/portForward/default/shell', headers)
    assert.equal(chosen, 'portforward.k8s.io')
    await forwards(client)
  })

  it('SPDY in a tunnel of WebSocket messages forwards a port as well', async () => {
    const protocol = 'SPDY/3.1+portforward.k8s.io'
    const { code, answer, socket } = await lab.upgrade('GET', '/portForward/default/shell', {
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Protocol': protocol,
    })
    assert.deepEqual([code, answer.headers['sec-websocket-protocol']], [101, protocol])
    await forwards(new SpdySession(new Tunnel(socket!), Buffer.alloc(0)))
  })

  it('what is neither is refused', async () => {
    const headers: Record<string, string>[] = [
      { Upgrade: 'websocket' },
      { Upgrade: 'h2c' },
      { Upgrade: 'websocket', 'Sec-WebSocket-Key': 'x', 'Sec-WebSocket-Version': '13' },
    ]
    for (const each of headers)
      for (const path of [command('echo hi'), '/portForward/default/shell'])
        assert.equal((await lab.upgrade('GET', path, each)).code, 400)
  })
})
