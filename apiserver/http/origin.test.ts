import assert from 'node:assert/strict'
import { checkOrigin } from './origin.ts'
import { StatusError } from './status.ts'

describe('the origin of a WebSocket', () => {
  const host = 'api.example.com:6443'

  it('may be missing, the server itself, or this machine', () => {
    checkOrigin({ host })
    for (const origin of [
      'https://api.example.com:6443',
      'http://localhost:3000',
      'http://127.0.0.1',
    ])
      checkOrigin({ origin, host })
  })

  it('may be no other site, however it looks', () => {
    for (const origin of [
      'https://evil.example.com',
      'https://api.example.com',
      'https://api.example.com:6443.evil.example.com',
      'https://api.example.com:6443@evil.example.com',
      'https://localhost.evil.example.com',
      'https://127.0.0.1.evil.example.com',
      'null',
      'nonsense',
      'file://',
    ])
      assert.throws(
        () => checkOrigin({ origin, host }),
        (error) => error instanceof StatusError && error.code === 403,
        origin,
      )
  })
})
