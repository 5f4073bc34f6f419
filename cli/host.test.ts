import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { callerOf, freePort, portIsFree } from './host.ts'

describe('the caller', () => {
  it('is who runs the command', () => {
    assert.deepEqual(callerOf({ env: { HOME: '/home/ann' }, uid: 1000 }), {
      home: '/home/ann',
      owner: undefined,
    })
  })

  it('is who called sudo, with that home, whatever HOME says', () => {
    const env = { HOME: '/root', SUDO_UID: '65534', SUDO_GID: '65534' }
    assert.deepEqual(callerOf({ env, uid: 0 }), {
      home: '/nonexistent',
      owner: { uid: 65534, gid: 65534 },
    })
  })

  it('is root when root itself called sudo', () => {
    const env = { HOME: '/root', SUDO_UID: '0', SUDO_GID: '0' }
    assert.deepEqual(callerOf({ env, uid: 0 }), { home: '/root', owner: undefined })
  })
})

describe('a port', () => {
  it('is free until somebody listens on it', async () => {
    const port = await freePort()
    assert.equal(await portIsFree(port, '127.0.0.1'), true)
    const server = createServer().listen(port, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    assert.equal(await portIsFree(port, '127.0.0.1'), false)
    server.close()
  })

  it('is not called taken on an address that is not there yet', async () => {
    assert.equal(await portIsFree(6443, '10.244.0.1'), true)
  })
})
