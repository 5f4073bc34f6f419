import assert from 'node:assert/strict'
import fc from 'fast-check'
import { StatusError } from '../http/status.ts'
import { applyJsonPatch } from './json-patch.ts'
import { maximumOperations, unknownFields } from './json-patch-operations.ts'

const refusal = (code: number) => (error: unknown) =>
  error instanceof StatusError && error.code === code

/** Every place in a document, as pointers. */
function places(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  const token = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')
  return [
    path,
    ...Object.keys(value).flatMap((key) =>
      places((value as Record<string, unknown>)[key], `${path}/${token(key)}`),
    ),
  ]
}

/** Reads a place the naive way. */
function at(document: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, token) =>
        (value as Record<string, unknown>)[token.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    )
}

const document = fc.jsonValue({ maxDepth: 3 })
const documentAndPlace = document.chain((value) =>
  fc.tuple(fc.constant(value), fc.constantFrom(...places(value))),
)

describe('JSON patch', () => {
  it('carries out the operations of the specification', () => {
    const cases: [unknown, object[], unknown][] = [
      [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
      [{ foo: ['a', 'c'] }, [{ op: 'add', path: '/foo/1', value: 'b' }], { foo: ['a', 'b', 'c'] }],
      [{ foo: ['a'] }, [{ op: 'add', path: '/foo/-', value: ['b'] }], { foo: ['a', ['b']] }],
      [{ a: 1, b: 2 }, [{ op: 'remove', path: '/b' }], { a: 1 }],
      [{ foo: ['a', 'b', 'c'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['a', 'c'] }],
      [{ a: 1 }, [{ op: 'replace', path: '/a', value: null }], { a: null }],
      [
        { a: { b: 1 }, c: {} },
        [{ op: 'move', from: '/a/b', path: '/c/d' }],
        { a: {}, c: { d: 1 } },
      ],
      [{ foo: [1, 2, 3] }, [{ op: 'move', from: '/foo/0', path: '/foo/2' }], { foo: [2, 3, 1] }],
      [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
      [
        { 'a/b': 1, 'm~n': 2 },
        [
          { op: 'remove', path: '/a~1b' },
          { op: 'remove', path: '/m~0n' },
        ],
        {},
      ],
      [{ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
      [{ a: [null] }, [{ op: 'test', path: '/a/0', value: null }], { a: [null] }],
      [{}, [{ op: 'test', path: '/a', value: null }], {}],
    ]
    for (const [target, patch, expected] of cases)
      assert.deepEqual(applyJsonPatch(target, patch), expected)
  })

  it('counts indices below zero from the end of a list', () => {
    const cases: [object, unknown[]][] = [
      [{ op: 'remove', path: '/-1' }, ['a', 'b']],
      [{ op: 'replace', path: '/-3', value: 'x' }, ['x', 'b', 'c']],
      [{ op: 'add', path: '/-1', value: 'x' }, ['a', 'b', 'c', 'x']],
      [{ op: 'add', path: '/-4', value: 'x' }, ['x', 'a', 'b', 'c']],
      [{ op: 'test', path: '/-2', value: 'b' }, ['a', 'b', 'c']],
      [{ op: 'move', from: '/-1', path: '/0' }, ['c', 'a', 'b']],
      [{ op: 'copy', from: '/-3', path: '/-' }, ['a', 'b', 'c', 'a']],
      [{ op: 'replace', path: '/01', value: 'x' }, ['a', 'x', 'c']],
    ]
    for (const [operation, expected] of cases)
      assert.deepEqual(applyJsonPatch(['a', 'b', 'c'], [operation]), expected)
    for (const path of ['/-4', '/3', '/1.5', '/-x', '/'])
      assert.throws(() => applyJsonPatch(['a', 'b', 'c'], [{ op: 'remove', path }]), refusal(422))
  })

  it('does more than the specification asks, as the API always has', () => {
    const cases: [object, object][] = [
      [
        { op: 'replace', path: '/b', value: 1 },
        { a: {}, b: 1 },
      ],
      [
        { op: 'add', path: '/b' },
        { a: {}, b: null },
      ],
      [
        { op: 'copy', from: '/x', path: '/b' },
        { a: {}, b: null },
      ],
      [
        { op: 'add', path: '/~2', value: 1 },
        { a: {}, '~2': 1 },
      ],
      [
        { op: 'add', path: 'x/b', value: 1 },
        { a: {}, b: 1 },
      ],
    ]
    for (const [operation, expected] of cases)
      assert.deepEqual(applyJsonPatch({ a: {} }, [operation]), expected)
  })

  it('tells which fields no operation has', () => {
    const patch = [{ op: 'add', colour: 'red' }, 1, { path: '/a', value: { colour: 1 }, at: 1 }]
    assert.deepEqual(unknownFields(patch), ['[0].colour', '[2].at'])
    assert.deepEqual(unknownFields({ colour: 1 }), [])
  })

  it('answers 422 with reason Invalid when a test fails or a place is missing', () => {
    const inapplicable: object[] = [
      { op: 'test', path: '/metadata/resourceVersion', value: '2' },
      { op: 'test', path: '/no/where', value: null },
      { op: 'remove', path: '/x' },
      { op: 'replace', path: '/x/y', value: 1 },
      { op: 'move', from: '/x', path: '/y' },
      { op: 'add', path: '/x/y', value: 1 },
      { op: 'add', path: '/list/3', value: 1 },
      { op: 'add', path: '/metadata/resourceVersion/y', value: 1 },
      { op: 'remove', path: '/list/-' },
      { op: 'remove', path: '/__proto__' },
      { op: 'copy', from: '/constructor/name', path: '/y' },
      { op: 'add', path: '', value: {} },
      { op: 'remove', path: '' },
      { op: 'copy', from: '', path: '/y' },
      { op: 'replace', path: '', value: 'x' },
    ]
    const target = { metadata: { resourceVersion: '1' }, list: [1, 2] }
    for (const operation of inapplicable)
      assert.throws(
        () => applyJsonPatch(target, [operation]),
        (error: unknown) =>
          error instanceof StatusError && error.code === 422 && error.reason === 'Invalid',
        JSON.stringify(operation),
      )
  })

  it('answers 400 to what is no patch', () => {
    for (const patch of [{}, 'x', [1], [{ op: 1, path: '/a' }], [{ op: 'remove', path: {} }]])
      assert.throws(() => applyJsonPatch({ a: {} }, patch), refusal(400), JSON.stringify(patch))
  })

  it('answers 422 to operations that say too little, or the impossible', () => {
    for (const patch of [
      [{ op: 'wipe', path: '' }],
      [{ op: 'add', path: 'a', value: 1 }],
      [{ op: 'copy', path: '/a' }],
      [{ op: 'move', from: '/a', path: '/a/b' }],
    ])
      assert.throws(() => applyJsonPatch({ a: {} }, patch), refusal(422), JSON.stringify(patch))
  })

  it('reads back what it adds, and removes what it added', () => {
    fc.assert(
      fc.property(documentAndPlace, document, ([target, path], value) => {
        fc.pre(path !== '')
        const before = JSON.stringify(target)
        const replaced = applyJsonPatch(target, [{ op: 'replace', path, value }])
        assert.deepEqual(at(replaced, path), value)
        assert.deepEqual(
          applyJsonPatch(target, [{ op: 'test', path, value: at(target, path) }]),
          target,
        )
        const key =
          typeof target === 'object' && target !== null && !Array.isArray(target)
            ? '/fresh~0key'
            : undefined
        if (key && !Object.hasOwn(target as object, 'fresh~key'))
          assert.deepEqual(
            applyJsonPatch(target, [
              { op: 'add', path: key, value },
              { op: 'remove', path: key },
            ]),
            target,
          )
        assert.equal(JSON.stringify(target), before)
      }),
    )
  })

  it('moves as removing and adding would', () => {
    fc.assert(
      fc.property(documentAndPlace, ([target, from]) => {
        fc.pre(
          from !== '' && typeof target === 'object' && target !== null && !Array.isArray(target),
        )
        const value = at(target, from)
        assert.deepEqual(
          applyJsonPatch(target, [{ op: 'move', from, path: '/moved' }]),
          applyJsonPatch(target, [
            { op: 'remove', path: from },
            { op: 'add', path: '/moved', value },
          ]),
        )
      }),
    )
  })

  it('refuses too many operations', () => {
    const test = { op: 'test', path: '', value: {} }
    assert.deepEqual(applyJsonPatch({}, Array(maximumOperations).fill(test)), {})
    assert.throws(() => applyJsonPatch({}, Array(maximumOperations + 1).fill(test)), refusal(413))
  })

  it('refuses copies that double without end, in size and in depth', () => {
    const double = Array.from({ length: 64 }, (_, at) => ({
      op: 'copy',
      from: '/a',
      path: `/a/${at}`,
    }))
    assert.throws(() => applyJsonPatch({ a: { text: 'x'.repeat(100) } }, double), refusal(413))
    const deep = Array.from({ length: 12 }, (_, at) => ({
      op: 'copy',
      from: '/a',
      path: `/a${'/a'.repeat(2 ** at)}`,
    }))
    assert.throws(() => applyJsonPatch({ a: {} }, deep), refusal(413))
  })

  it('refuses to shift long lists without end', () => {
    const list = Array(200_000).fill(0)
    const patch = Array.from({ length: 10_000 }, () => ({ op: 'add', path: '/list/0', value: 1 }))
    assert.throws(() => applyJsonPatch({ list }, patch), refusal(413))
  })

  it('refuses to compare large objects without end', () => {
    const target = { data: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [at, 0])) }
    const test = { op: 'test', path: '/data', value: target.data }
    assert.deepEqual(applyJsonPatch(target, [test]), target)
    assert.throws(() => applyJsonPatch(target, Array(60).fill(test)), refusal(413))
  })

  it('makes own properties of dangerous names', () => {
    const result = applyJsonPatch({ a: {} }, [
      { op: 'add', path: '/__proto__', value: { polluted: 1 } },
      { op: 'add', path: '/a/constructor', value: { prototype: { polluted: 1 } } },
    ]) as object
    assert.equal(({} as { polluted?: number }).polluted, undefined)
    assert.equal(Object.getPrototypeOf(result), Object.prototype)
    assert.deepEqual(Object.keys(result), ['a', '__proto__'])
  })
})
