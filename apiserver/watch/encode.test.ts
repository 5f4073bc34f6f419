import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { KubernetesObject } from '../../api/object.ts'
import { decodeObject, encodeObject, splice, unsplice } from './encode.ts'

describe('the stored form of objects', () => {
  it('begins with kind, apiVersion and metadata, without a resourceVersion', () => {
    const object = {
      spec: { replicas: 1 },
      metadata: { resourceVersion: '7', name: 'a', annotations: { x: '"metadata":{' } },
      apiVersion: 'apps/v1',
      kind: 'Deployment',
    }
    const value = encodeObject(object).toString()
    assert.equal(
      value,
      '{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"a","annotations":{"x":"\\"metadata\\":{"}},"spec":{"replicas":1}}',
    )
  })

  it('takes any resourceVersion in and out again', () => {
    fc.assert(
      fc.property(
        fc.record({ name: fc.string({ minLength: 1 }), note: fc.string({ unit: 'binary' }) }),
        fc.jsonValue({ maxDepth: 4 }),
        fc.integer({ min: 1, max: 2 ** 52 }),
        ({ name, note }, spec, revision) => {
          const metadata = { name, annotations: { note } }
          const object: KubernetesObject = { kind: 'K', apiVersion: 'v1', metadata, spec }
          const value = encodeObject(object)
          const bytes = splice(value, revision)
          const resourceVersion = String(revision)
          // Through JSON once, since -0 does not survive it.
          const wanted = JSON.parse(
            JSON.stringify({ ...object, metadata: { ...metadata, resourceVersion } }),
          )
          // And back, since integers that a double does not hold stay as they are written.
          assert.deepEqual(JSON.parse(JSON.stringify(decodeObject(bytes))), wanted)
          assert.deepEqual(unsplice(bytes), value)
        },
      ),
    )
  })

  it('keeps integers of 64 bits digit for digit', () => {
    const bytesOf = (number: bigint) =>
      Buffer.from(`{"kind":"K","apiVersion":"v1","metadata":{"name":"a"},"spec":[${number}]}`)
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => {
        const text = JSON.stringify(decodeObject(bytesOf(number)).spec)
        assert.equal(text, `[${number}]`)
      }),
    )
    for (const near of [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n])
      assert.equal(JSON.stringify(decodeObject(bytesOf(near)).spec), `[${near}]`)
  })

  it('refuses what is no whole object', () => {
    assert.throws(() => encodeObject({ kind: 'K', metadata: { name: 'a' } }), TypeError)
    const bare = { kind: 'K', apiVersion: 'v1', metadata: { resourceVersion: '1' } }
    assert.throws(() => encodeObject(bare), TypeError)
    assert.throws(() => splice(Buffer.from('{"kind":"K"}'), 1), TypeError)
  })
})
