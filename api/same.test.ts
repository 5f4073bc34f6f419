import assert from 'node:assert/strict'
import fc from 'fast-check'
import { same, sameExcept } from './same.ts'

/** The plain meaning, slowly: the same JSON once the keys are in order. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(
    fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, canonical(field)]),
  )
}
const slowly = (one: unknown, other: unknown) =>
  JSON.stringify(canonical(one)) === JSON.stringify(canonical(other))

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 0, 1, '', 'a'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 2 }),
  ),
})).value

describe('same', () => {
  it('agrees with comparing canonical JSON', () => {
    fc.assert(
      fc.property(values, values, (one, other) => same(one, other) === slowly(one, other)),
      { numRuns: 2000 },
    )
    fc.assert(fc.property(values, (value) => same(value, structuredClone(value))))
  })

  it('takes an undefined field for an absent one', () => {
    assert.ok(same({ a: undefined, b: 1 }, { b: 1 }))
    assert.ok(same({ b: 1 }, { a: undefined, b: 1 }))
    assert.ok(!same({ a: undefined }, { a: null }))
    assert.ok(!same({ a: undefined, b: 1 }, { c: 1 }))
  })

  it('compares own fields alone', () => {
    assert.ok(!same({ toString: 'x' }, {}))
    assert.ok(!same({}, JSON.parse('{"__proto__":{}}')))
  })

  it('can leave fields aside', () => {
    const ignored = new Set(['x'])
    assert.ok(sameExcept({ a: 1, x: 1 }, { a: 1, x: 2 }, ignored))
    assert.ok(sameExcept({ a: 1 }, { a: 1, x: 2 }, ignored))
    assert.ok(!sameExcept({ a: 1 }, { a: 1, b: 2 }, ignored))
    assert.ok(!sameExcept({ a: 1, b: 2 }, { a: 1 }, ignored))
  })
})
