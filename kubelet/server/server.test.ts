import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { bytes, command, Lab, missing, talk } from './test-server.ts'

describe(`the node's server${missing ? ` (skipped: ${missing})` : ''}`, function () {
  this.timeout(60_000)
  const lab = new Lab()
  before(function () {
    return missing ? this.skip() : lab.start()
  })
  after(() => (missing ? undefined : lab.stop()))

  it('runs a command: both outputs apart, and how it ended', async () => {
    const socket = lab.socket(command('echo out; echo err >&2; exit 7'), ['v5.channel.k8s.io'])
    const { text, code } = await talk(socket)
    assert.equal(text.get(1), 'out\n')
    assert.equal(text.get(2), 'err\n')
    const status = JSON.parse(text.get(3) ?? '')
    assert.equal(status.reason, 'NonZeroExitCode')
    assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '7' }])
    assert.equal(code, 1000)
  })

  it('takes input until its end, as v5 clients tell it', async () => {
    const { text } = await talk(
      lab.socket(command('cat; echo done', '&input=1'), ['v5.channel.k8s.io']),
      (socket) => {
        socket.send(bytes(0, 'given\n'))
        socket.send(Buffer.from([255, 0]))
      },
    )
    assert.equal(text.get(1), 'given\ndone\n')
    assert.equal(JSON.parse(text.get(3) ?? '').status, 'Success')
  })

  it('says nothing of success to clients before v4, and speaks base64 where asked', async () => {
    const plain = await talk(lab.socket(command('echo hi'), ['channel.k8s.io']))
    assert.equal(plain.text.get(1), 'hi\n')
    assert.equal(plain.text.get(3), undefined)
    const encoded = await talk(lab.socket(command('echo hi'), ['base64.channel.k8s.io']))
    assert.equal(encoded.protocol, 'base64.channel.k8s.io')
    assert.equal(encoded.text.get(1), 'hi\n')
  })

  it('gives a terminal of the size that was asked for', async () => {
    const tty = command('read line; stty size 2>/dev/null || echo none; test -t 0 && echo tty')
    const { text } = await talk(
      lab.socket(tty.replace('error=1', 'tty=1&input=1'), ['v5.channel.k8s.io']),
      (socket) => {
        socket.send(bytes(4, '{"Width":100,"Height":40}'))
        socket.send(bytes(0, '\n'))
      },
    )
    assert.match(text.get(1) ?? '', /tty/)
    assert.equal(text.get(2), undefined)
  })

  it('carries megabytes unharmed', async () => {
    const { text } = await talk(
      lab.socket(command('head -c 3000000 /dev/zero | tr "\\0" x'), ['v5.channel.k8s.io']),
    )
    assert.equal(text.get(1)?.length, 3_000_000)
  })

  it('takes input that the command leaves unread, and tells its end all the same', async () => {
    const { text } = await talk(
      lab.socket(command('exit 3', '&input=1'), ['v5.channel.k8s.io']),
      (socket) => {
        for (let n = 0; n < 8; n++) socket.send(Buffer.alloc(30_000))
        socket.send(Buffer.from([255, 0]))
      },
    )
    assert.equal(JSON.parse(text.get(3) ?? '').status, 'Failure')
  })

  it('gives the log', async () => {
    const { code, text } = await lab.get('/containerLogs/default/shell/main')
    assert.deepEqual({ code, text }, { code: 200, text: 'begun\n' })
    assert.equal((await lab.get('/containerLogs/default/shell/main?previous=true')).code, 400)
    assert.equal((await lab.get('/containerLogs/default/shell/main?tailLines=x')).code, 400)
    assert.equal((await lab.get('/containerLogs/default/nobody/main')).code, 404)
  })

  it('forwards a port over plain channels', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const { port } = echo.address() as { port: number }
    const socket = lab.socket(`/portForward/default/shell?ports=${port}`, ['v4.channel.k8s.io'])
    const received: Buffer[] = []
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (message: Buffer) => {
        received.push(message)
        if (received.length === 2) socket.send(bytes(0, 'there and back'))
        if (received.length === 3) resolve()
      })
    })
    socket.close()
    echo.close()
    const announced = Buffer.alloc(2)
    announced.writeUInt16LE(port)
    assert.deepEqual(received[0], Buffer.concat([Buffer.from([0]), announced]))
    assert.deepEqual(received[1], Buffer.concat([Buffer.from([1]), announced]))
    assert.equal(received[2]?.toString('utf8', 1), 'there and back')
  })

  it('tells nothing to those without a certificate, health aside', async () => {
    assert.equal((await lab.get('/healthz', true)).code, 200)
    assert.equal((await lab.get('/pods', true)).code, 401)
    assert.equal((await lab.get('/containerLogs/default/shell/main', true)).code, 401)
    assert.equal((await lab.get('/containerLogs/default/%2e%2e/main')).code, 404)
  })

  it('refuses an upgrade that leads nowhere with the reason', async () => {
    const socket = lab.socket('/exec/default/shell/absent?output=1&command=x', [
      'v5.channel.k8s.io',
    ])
    const [response] = await new Promise<[{ statusCode?: number }]>((resolve) => {
      socket.on('error', () => {})
      socket.on('unexpected-response', (_request, answer) => resolve([answer]))
    })
    assert.equal(response.statusCode, 404)
  })
})
