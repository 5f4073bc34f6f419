import assert from 'node:assert/strict'
import fc from 'fast-check'
import { compareKeys, prefixEnd } from './key-order.ts'

const text = fc.string({ unit: 'binary', maxLength: 6 })

describe('the order of keys', () => {
  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
  })

  it('ends a prefix right after the last key that has it', () => {
    fc.assert(
      fc.property(text, text, (prefix, key) => {
        fc.pre(!key.startsWith('\u{10ffff}'))
        const inside = compareKeys(key, prefix) >= 0 && compareKeys(key, prefixEnd(prefix)) < 0
        assert.equal(inside, key.startsWith(prefix))
      }),
    )
    assert.equal(prefixEnd('/pods/'), '/pods0')
    assert.equal(prefixEnd('a\u{10ffff}'), 'b')
    assert.equal(prefixEnd('\ud7ff'), '\ue000')
  })
})
