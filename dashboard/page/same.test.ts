import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { keepSame } from './same.ts'

const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null))

describe('keeping what is the same', () => {
  it('gives the old value where nothing differs', () => {
    const before = { pods: [{ name: 'a', note: '' }], at: { revision: 1 } }
    assert.equal(keepSame(before, plain(before)), before)
  })

  it('gives the old parts of a value that differs elsewhere', () => {
    const before = { pods: [{ name: 'a' }, { name: 'b' }], revision: 1 }
    const kept = keepSame(before, { pods: [{ name: 'a' }, { name: 'c' }], revision: 2 })
    assert.equal(kept.pods[0], before.pods[0])
    assert.notEqual(kept.pods[1], before.pods[1])
    assert.deepEqual(plain(kept), { pods: [{ name: 'a' }, { name: 'c' }], revision: 2 })
  })

  it('tells a list from an object and an absent field from an undefined one', () => {
    assert.deepEqual(keepSame({ 0: 'a' }, ['a']), ['a'])
    const kept = keepSame<object>({ a: undefined }, { b: undefined })
    assert.deepEqual(Object.keys(kept), ['b'])
  })

  it('says the same as what came, whatever was before', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, next) => {
        assert.deepEqual(plain(keepSame(before, next)), plain(next))
      }),
    )
  })
})
