import assert from 'node:assert/strict'
import fc from 'fast-check'
import { applyMergePatch } from './merge-patch.ts'

/** The specification's pseudocode, word for word but for lists, whose objects lose their nulls. */
function reference(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.map((item) => reference(undefined, item))
  if (typeof patch !== 'object' || patch === null) return patch
  const result = new Map(
    typeof target === 'object' && target !== null && !Array.isArray(target)
      ? Object.entries(target)
      : [],
  )
  for (const [name, value] of Object.entries(patch))
    if (value === null) result.delete(name)
    else result.set(name, reference(result.get(name), value))
  return Object.fromEntries(result)
}

const json = fc.jsonValue({ maxDepth: 4 })

describe('merge patch', () => {
  it('agrees with the specification', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = JSON.stringify([target, patch])
        assert.deepEqual(applyMergePatch(target, patch), reference(target, patch))
        assert.equal(JSON.stringify([target, patch]), before)
      }),
    )
  })

  it('keeps nulls that are items, and none in items', () => {
    const patch = { a: [null, { b: null, c: [{ d: null }] }] }
    assert.deepEqual(applyMergePatch({ a: [1] }, patch), { a: [null, { c: [{}] }] })
  })

  it('makes own properties of dangerous names', () => {
    const patch = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    )
    const result = applyMergePatch({ a: 1 }, patch) as object
    assert.equal(({} as { polluted?: number }).polluted, undefined)
    assert.equal(Object.getPrototypeOf(result), Object.prototype)
    assert.equal(
      JSON.stringify(result),
      '{"a":1,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    )
    assert.deepEqual(
      Object.keys(applyMergePatch(result, JSON.parse('{"__proto__":null}')) as object),
      ['a', 'constructor'],
    )
  })
})
