import assert from 'node:assert/strict'
import { bearerToken, protocolsWithoutToken } from './bearer-token.ts'

const of = (headers: Record<string, string>) => bearerToken({ header: (name) => headers[name] })
const encoded = (text: string) => Buffer.from(text).toString('base64url')
const prefix = 'base64url.bearer.authorization.k8s.io.'

describe('bearer tokens of requests', () => {
  it('are in the header Authorization, whatever the case of the scheme', () => {
    assert.equal(of({ authorization: 'Bearer a.b.c' }), 'a.b.c')
    assert.equal(of({ authorization: 'bearer x' }), 'x')
    assert.equal(of({}), undefined)
  })

  it('are in a websocket subprotocol for those who can set no header', () => {
    const header = `${prefix}${encoded('a.b.c')}, v5.channel.k8s.io`
    assert.equal(of({ 'sec-websocket-protocol': header }), 'a.b.c')
    assert.equal(of({ 'sec-websocket-protocol': 'v5.channel.k8s.io' }), undefined)
    assert.equal(of({ authorization: 'Bearer h', 'sec-websocket-protocol': header }), 'h')
  })

  it('are left out where the protocols are told to somebody else', () => {
    const header = `${prefix}${encoded('a.b.c')}, v5.channel.k8s.io,, v4.channel.k8s.io`
    assert.deepEqual(protocolsWithoutToken(header), ['v5.channel.k8s.io', 'v4.channel.k8s.io'])
    assert.deepEqual(protocolsWithoutToken(''), [])
  })

  it('are refused, not ignored, where they are not what they should be', () => {
    for (const authorization of ['Bearer', 'Bearer ', 'Bearer a b', 'Basic eDp5', 'a'])
      assert.throws(() => of({ authorization }), { code: 401 }, authorization)
    for (const header of [
      `${prefix}${encoded('a')}`,
      `${prefix}, v5.channel.k8s.io`,
      `${prefix}a=b=, v5.channel.k8s.io`,
      `${prefix}${encoded('a')}, ${prefix}${encoded('b')}, v5.channel.k8s.io`,
      `${prefix}${Buffer.from([0xff, 0xfe]).toString('base64url')}, v5.channel.k8s.io`,
      `${prefix}${encoded('a\nb')}, v5.channel.k8s.io`,
    ])
      assert.throws(() => of({ 'sec-websocket-protocol': header }), { code: 401 }, header)
  })
})
