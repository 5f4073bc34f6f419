import assert from 'node:assert/strict'
import { differences, semanticallyEqual } from './semantic-equality.ts'

const bare = (object: object): object => Object.assign(Object.create(null), object)

describe('semantic equality', () => {
  const equal: [unknown, unknown][] = [
    [undefined, null],
    [undefined, []],
    [{}, { a: undefined }],
    [{ a: 1, b: 2 }, bare({ b: 2, a: 1 })],
    [{ a: [] }, {}],
    [{ a: { b: [{ c: 'd' }] } }, { a: { b: [{ c: 'd' }] } }],
  ]
  for (const [a, b] of equal)
    it(`${JSON.stringify(a)} is ${JSON.stringify(b)}`, () => {
      assert.ok(semanticallyEqual(a, b))
      assert.ok(semanticallyEqual(b, a))
    })

  const different: [unknown, unknown][] = [
    [0, undefined],
    ['', undefined],
    [false, undefined],
    [1, '1'],
    [[1], { 0: 1 }],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: 1, b: 0 }],
    [{}, undefined],
    [{ namespaceSelector: {} }, {}],
    [{}, []],
  ]
  for (const [a, b] of different)
    it(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`, () => {
      assert.ok(!semanticallyEqual(a, b))
      assert.ok(!semanticallyEqual(b, a))
    })

  it('says where two values differ', () => {
    const a = { b: [{ c: 1, d: 2 }], e: 'f', g: [1] }
    const b = { b: [{ c: 1, d: 3 }], e: 'h', g: [1, 2], constructor: 1 }
    assert.deepEqual(differences(a, b, 'x'), ['x.b[0].d', 'x.constructor', 'x.e', 'x.g'])
    assert.deepEqual(differences(a, b, 'x', 2), ['x.b[0].d', 'x.constructor'])
    assert.deepEqual(differences(a, a, 'x'), [])
  })
})
