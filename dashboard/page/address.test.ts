import assert from 'node:assert/strict'
import { formatAddress, parseAddress } from './address.ts'

describe('the address', () => {
  it('reads what it writes', () => {
    const address = { token: 'a+b=/&', namespace: 'shop', deployment: 'web', at: 1310 }
    assert.deepEqual(parseAddress(formatAddress(address)), address)
  })

  it('is live without a moment, and in the namespace that everybody has', () => {
    assert.deepEqual(parseAddress('#token=T'), { token: 'T', namespace: 'default', deployment: '' })
  })

  it('takes a revision with and without its letter, and nothing else', () => {
    assert.equal(parseAddress('#at=r12').at, 12)
    assert.equal(parseAddress('#at=12').at, 12)
    assert.equal(parseAddress('#at=yesterday').at, undefined)
    assert.equal(parseAddress('#at=-1').at, undefined)
  })
})
