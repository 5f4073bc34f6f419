import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { status } from '@grpc/grpc-js'
import { systemClock } from '../../ports/system-clock.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { createAuthority } from '../auth/certificates.ts'
import { CallError, type ChannelOptions, UnaryChannel } from './unary-channel.ts'

const headers = { ':status': 200, 'content-type': 'application/grpc' }
const frame = (text: string) => {
  const body = Buffer.from(text)
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(body.length, 1)
  return Buffer.concat([prefix, body])
}

/** Answers with the message itself, in pieces. */
async function echo(stream: ServerHttp2Stream): Promise<void> {
  stream.respond(headers, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  for await (const chunk of stream)
    for (const byte of chunk as Buffer) stream.write(Buffer.from([byte]))
  stream.end()
}

function refuse(stream: ServerHttp2Stream, code: status, message: string): void {
  stream.respond(
    { ...headers, 'grpc-status': String(code), 'grpc-message': message },
    { endStream: true },
  )
}

describe('a channel for single calls', () => {
  let server: Http2Server | Http2SecureServer
  let sessions: ServerHttp2Session[]
  let answer: (stream: ServerHttp2Stream, path: string) => void
  let channel: UnaryChannel

  async function listen(
    made: Http2Server | Http2SecureServer = createServer(),
    options: Partial<ChannelOptions> = {},
  ): Promise<void> {
    server = made
    sessions = []
    server.on('session', (session) => sessions.push(session))
    server.on('stream', (stream, { ':path': path = '' }) => {
      stream.on('error', () => {})
      answer(stream, path)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const url = new URL(`http://127.0.0.1:${port}`)
    channel = new UnaryChannel({ url, clock: systemClock, mostBytes: 1_000, ...options })
  }

  const call = async (message: string, withinMs = 2_000) =>
    (await channel.call('/a.B/C', Buffer.from(message), withinMs)).toString()
  const failure = (promise: Promise<unknown>): Promise<CallError> =>
    promise.then(
      () => assert.fail('it succeeded'),
      (error) => {
        assert.ok(error instanceof CallError, String(error))
        return error
      },
    )

  beforeEach(() => {
    answer = echo
  })
  afterEach(() => {
    channel.close()
    for (const session of sessions) session.destroy()
    server.close()
  })

  it('puts answers together, many at a time on one connection', async () => {
    await listen()
    assert.ok(await channel.ready(2_000))
    const texts = Array.from({ length: 20 }, (_, at) => `${at}`.repeat(at))
    assert.deepEqual(await Promise.all(texts.map((text) => call(text))), texts)
    assert.equal(sessions.length, 1)
  })

  it('tells how the server says that it failed', async () => {
    await listen()
    answer = (stream) => refuse(stream, status.OUT_OF_RANGE, 'caf%C3%A9: 100% compacted')
    await channel.ready(2_000)
    const { code, details } = await failure(call('x'))
    assert.deepEqual([code, details], [status.OUT_OF_RANGE, 'café: 100% compacted'])
  })

  it('takes no answer that is larger than it may be, or no message', async () => {
    await listen()
    await channel.ready(2_000)
    const large = await failure(call('x'.repeat(1_001)))
    assert.equal(large.code, status.RESOURCE_EXHAUSTED)
    assert.match(large.details, /larger than max/)
    answer = (stream) => {
      stream.respond(headers, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(frame('whole').subarray(0, 7))
    }
    assert.equal((await failure(call('x'))).code, status.INTERNAL)
    answer = (stream) => stream.respond({ ':status': 502 }, { endStream: true })
    assert.equal((await failure(call('x'))).code, status.UNAVAILABLE)
  })

  it('gives up on an answer in time, and on a connection that says nothing at all', async () => {
    await listen()
    await channel.ready(2_000)
    assert.equal(await call('first'), 'first')
    answer = () => {}
    assert.equal((await failure(call('x', 20))).code, status.DEADLINE_EXCEEDED)
    assert.equal(channel.connected, false)
    answer = echo
    assert.ok(await channel.ready(2_000))
    assert.equal(await call('again'), 'again')
    assert.equal(sessions.length, 2)
  })

  it('keeps a connection on which others are answered', async () => {
    await listen()
    let slow: ServerHttp2Stream | undefined
    answer = (stream) => {
      if (!slow) slow = stream
      else echo(stream)
    }
    await channel.ready(2_000)
    const late = failure(call('slow', 100))
    assert.equal(await call('quick'), 'quick')
    assert.equal((await late).code, status.DEADLINE_EXCEEDED)
    assert.ok(channel.connected)
  })

  it('fails what is under way when the server goes, and connects again when it is back', async () => {
    await listen()
    answer = () => sessions[0]?.destroy()
    await channel.ready(2_000)
    assert.equal((await failure(call('x'))).code, status.UNAVAILABLE)
    assert.equal((await failure(call('x'))).code, status.UNAVAILABLE)
    answer = echo
    assert.ok(await channel.ready(2_000))
    assert.equal(await call('again'), 'again')
  })

  it('leaves a server that says that it goes, and waits for what it still answers', async () => {
    await listen()
    const open: ServerHttp2Stream[] = []
    answer = (stream) => {
      if (open.push(stream) === 1) sessions[0]?.goaway(0)
      else echo(stream)
    }
    await channel.ready(2_000)
    const first = call('first')
    while (channel.connected) await new Promise((resolve) => setImmediate(resolve))
    await channel.ready(2_000)
    assert.equal(await call('second'), 'second')
    echo(open[0]!)
    assert.equal(await first, 'first')
  })

  it('waits so long for a server, and no longer', async () => {
    await listen()
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    assert.equal(await channel.ready(150), false)
    const waiting = channel.ready(5_000)
    server = createServer()
    server.on('session', (session) => sessions.push(session))
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    assert.ok(await waiting)
    channel.close()
    assert.equal(await channel.ready(1_000), false)
  })

  it('tries anew where somebody accepts connections and says nothing', async () => {
    let silent: Socket | undefined
    const mute = createTcpServer((socket) => {
      silent = socket.resume()
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    await listen()
    const url = new URL(`http://127.0.0.1:${(mute.address() as AddressInfo).port}`)
    const clock = new VirtualClock()
    const stuck = new UnaryChannel({ url, clock, mostBytes: 1_000 })
    void stuck.ready(60_000)
    while (!silent) await new Promise((resolve) => setImmediate(resolve))
    const gone = once(silent, 'close')
    await clock.advance(10_000)
    await gone
    stuck.close()
    mute.close()
  })

  it('speaks TLS, shows who it is and trusts only whom it is told to', async () => {
    const authority = await createAuthority()
    const [serving, client] = await Promise.all([
      authority.issue({ commonName: 'etcd', ipAddresses: ['127.0.0.1'], server: true }),
      authority.issue({ commonName: 'apiserver', client: true }),
    ])
    const ca = Buffer.from(authority.certificate)
    const secured = createSecureServer({
      cert: serving.certificate,
      key: serving.key,
      ca,
      requestCert: true,
      rejectUnauthorized: true,
    })
    await listen(secured)
    const { port } = server.address() as AddressInfo
    const secure = (tls: ChannelOptions['tls']) => {
      const url = new URL(`https://127.0.0.1:${port}`)
      return new UnaryChannel({ url, tls, clock: systemClock, mostBytes: 1_000 })
    }
    assert.equal(await secure(undefined).ready(50), false)
    const cert = Buffer.from(client.certificate)
    channel = secure({ ca, cert, key: Buffer.from(client.key) })
    assert.ok(await channel.ready(2_000))
    assert.equal(await call('secret'), 'secret')
  })
})
