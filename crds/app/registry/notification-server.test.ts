import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { RunnableContext } from '../../../controllers/framework/index.ts'
import { notificationServer } from './notification-server.ts'

const token = 'fifty-oars-and-one-helm'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** The first line of the answer, or the error's code. */
async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('GET /notifications HTTP/1.1\r\nHost: a\r\n\r\n')
    const [chunk] = await once(socket, 'data')
    return String(chunk).split('\r\n')[0] ?? ''
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? ''
  } finally {
    socket.destroy()
  }
}

describe('the server for notifications', () => {
  const run = (listen: string, signal: AbortSignal) =>
    notificationServer({ listen, token, onPush: () => {} }).run({ signal } as RunnableContext)

  it('listens as long as its process leads', async () => {
    const port = await freePort()
    const leading = new AbortController()
    const running = run(`127.0.0.1:${port}`, leading.signal)
    let answer = await ask(port)
    while (answer === 'ECONNREFUSED') answer = await ask(port)
    assert.equal(answer, 'HTTP/1.1 401 Unauthorized')
    leading.abort()
    await running
    assert.equal(await ask(port), 'ECONNREFUSED')
  })

  it('says so when it cannot listen', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const { signal } = new AbortController()
    await assert.rejects(run(`127.0.0.1:${port}`, signal), { code: 'EADDRINUSE' })
    taken.close()
  })

  it('wants an address and a port', () => {
    for (const listen of ['127.0.0.1', ':5001', 'nowhere at all'])
      assert.throws(() => notificationServer({ listen, token, onPush: () => {} }), /ADDRESS:PORT/)
  })
})
