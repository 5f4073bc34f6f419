import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { acceptWebSocket } from './upgrades.ts'

describe('upgrades', () => {
  it('that are no handshake close what was opened for them', () => {
    const headers = { upgrade: 'websocket', 'sec-websocket-version': '13' }
    const request = { method: 'GET', headers } as unknown as IncomingMessage
    const [socket, opened] = [new PassThrough(), new PassThrough()]
    const accept = () =>
      acceptWebSocket({ request, socket, head: Buffer.alloc(0) }, { socket: opened })
    assert.throws(accept, { code: 400, message: 'the WebSocket handshake is incomplete' })
    assert.ok(opened.destroyed)
    assert.match(String(socket.read()), /^HTTP\/1.1 400 /)
  })
})
