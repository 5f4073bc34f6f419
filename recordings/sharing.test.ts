import assert from 'node:assert/strict'
import fc from 'fast-check'
import { bytesOf, sharing } from './sharing.ts'

describe('versions that share what they have in common', () => {
  it('are what they were', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        const copy = structuredClone(after)
        assert.deepEqual(sharing(before, after).value, copy)
        assert.deepEqual(after, copy)
      }),
    )
  })

  it('cost nothing more when they are the same, and never more than alone', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        assert.ok(sharing(before, after).bytes <= bytesOf(after))
        const { value, bytes } = sharing(before, structuredClone(before))
        assert.equal(value, before)
        assert.equal(bytes, 0)
      }),
    )
  })

  it('take the parts that are the same from the one before', () => {
    const before = { spec: { list: [{ a: 1 }, { b: 2 }] }, status: { phase: 'Pending' } }
    const after = { spec: { list: [{ a: 1 }, { b: 3 }] }, status: { phase: 'Pending' } }
    const { value } = sharing(before, after)
    assert.notEqual(value.spec, before.spec)
    assert.equal(value.spec.list[0], before.spec.list[0])
    assert.equal(value.status, before.status)
  })

  it('may have fields of any name, and any depth', () => {
    const odd = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as object
    assert.deepEqual(Object.keys(sharing({}, odd).value), ['__proto__', 'constructor'])
    let deep: unknown = 1
    for (let at = 0; at < 100_000; at++) deep = [deep]
    assert.ok(sharing(undefined, deep).bytes > 0)
  })
})
