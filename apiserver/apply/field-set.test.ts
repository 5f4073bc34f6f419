import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  difference,
  type FieldSet,
  has,
  intersection,
  isEmpty,
  none,
  ordered,
  paths,
  readFieldSet,
  setOf,
  union,
  without,
} from './field-set.ts'
import { formatPath, PathElementError } from './path-element.ts'

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'k:{"port":80}', 'v:"1"')
const path = fc.array(element, { minLength: 1, maxLength: 4 })
const somePaths = fc.array(path, { maxLength: 12 })

/** The plainest set of paths there is. */
const naive = (list: string[][]): Set<string> => new Set(list.map((one) => JSON.stringify(one)))
const told = (set: FieldSet): Set<string> => naive(paths(set))

describe('apply: sets of fields', () => {
  it('hold what was put into them, and nothing else', () => {
    fc.assert(
      fc.property(somePaths, path, (list, one) => {
        const set = setOf(...list)
        assert.deepEqual(told(set), naive(list))
        assert.equal(has(set, one), naive(list).has(JSON.stringify(one)))
        assert.equal(isEmpty(set), list.length === 0)
      }),
    )
  })

  it('tell as many paths as a large object has', () => {
    const keys = Array.from({ length: 200_000 }, (_, at) => [`f:k${at}`, {}])
    assert.equal(paths({ 'f:data': Object.fromEntries(keys) }).length, keys.length)
  })

  it('are joined, cut and subtracted path by path', () => {
    fc.assert(
      fc.property(somePaths, somePaths, (one, other) => {
        const [a, b] = [setOf(...one), setOf(...other)]
        const [left, right] = [naive(one), naive(other)]
        const shared = [...left].filter((path) => right.has(path))
        const alone = [...left].filter((path) => !right.has(path))
        assert.deepEqual(told(union(a, b)), new Set([...left, ...right]))
        assert.deepEqual(told(intersection(a, b)), new Set(shared))
        assert.deepEqual(told(difference(a, b)), new Set(alone))
      }),
    )
  })

  it('can lose what is below a path with it', () => {
    fc.assert(
      fc.property(somePaths, somePaths, (one, other) => {
        const below = (candidate: string[]) =>
          other.some((gone) => gone.every((step, at) => candidate[at] === step))
        const kept = naive(one.filter((candidate) => !below(candidate)))
        assert.deepEqual(told(without(setOf(...one), setOf(...other))), kept)
      }),
    )
  })

  it('are written in order, and read as they were written', () => {
    fc.assert(
      fc.property(somePaths, (list) => {
        const set = ordered(setOf(...list))
        assert.deepEqual(readFieldSet(JSON.parse(JSON.stringify(set))), set)
        const reversed = ordered(setOf(...list.toReversed()))
        assert.equal(JSON.stringify(reversed), JSON.stringify(set))
      }),
    )
  })

  it('are left alone by what is made of them', () => {
    fc.assert(
      fc.property(somePaths, somePaths, (one, other) => {
        const [a, b] = [setOf(...one), setOf(...other)]
        const before = JSON.stringify([a, b])
        for (const act of [union, intersection, difference, without]) act(a, b)
        assert.equal(JSON.stringify([a, b]), before)
      }),
    )
  })

  it('put numbers in the order of their size, fields before items', () => {
    const set = setOf(['k:{"port":443}'], ['v:"z"'], ['f:z'], ['k:{"port":80}'], ['f:a'])
    assert.deepEqual(Object.keys(ordered(set)), [
      'f:a',
      'f:z',
      'k:{"port":80}',
      'k:{"port":443}',
      'v:"z"',
    ])
  })

  it('say a path as messages do', () => {
    const elements = ['f:spec', 'k:{"containerPort":80,"protocol":"TCP"}', 'v:"a"', 'i:3']
    assert.equal(formatPath(elements), '.spec[containerPort=80,protocol="TCP"][="a"][3]')
  })

  describe('that a client sent', () => {
    it('are brought into the one form', () => {
      const sent = { 'k:{"protocol":"TCP","port":80}': { '.': {}, 'f:x': {} }, '.': {} }
      assert.deepEqual(readFieldSet(sent), {
        'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:x': {} },
      })
    })

    it('lose elements of kinds that nobody knows', () => {
      assert.deepEqual(readFieldSet({ 'z:1': {}, 'f:a': { '.': {} } }), { 'f:a': none })
    })

    for (const wrong of [{ a: {} }, { 'k:1': {} }, { 'v:': {} }, { 'f:a': 1 }, [], null])
      it(`are refused where they are none: ${JSON.stringify(wrong)}`, () => {
        assert.throws(() => readFieldSet(wrong), PathElementError)
      })
  })

  it('are written in the order of the values that items have, whatever their texts look like', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '1', '9', '-'), maxLength: 4 })
    const inOrder = (elements: string[]) =>
      Object.keys(ordered(Object.fromEntries(elements.map((element) => [element, none]))))
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 8 }), (names) => {
        const items = (sorted: string[]) =>
          sorted.map((value) => `k:{"name":${JSON.stringify(value)}}`)
        assert.deepEqual(inOrder(items(names)), items([...names].sort()))
      }),
    )
    assert.deepEqual(inOrder(['k:{"port":80}', 'k:{"port":9}']), ['k:{"port":9}', 'k:{"port":80}'])
    assert.deepEqual(inOrder(['v:"80"', 'v:"9"']), ['v:"80"', 'v:"9"'])
    assert.deepEqual(inOrder(['k:{"name":"a1"}', 'k:{"name":"a"}']), [
      'k:{"name":"a"}',
      'k:{"name":"a1"}',
    ])
    // A line break comes before a digit, though it is written with a backslash.
    const lines = ['k:{"name":"a1"}', 'k:{"name":"a\\n"}']
    assert.deepEqual(inOrder(lines), [...lines].reverse())
  })
})
