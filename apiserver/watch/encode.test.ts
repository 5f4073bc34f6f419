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
        fc.jsonValue(),
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
          assert.deepEqual(decodeObject(bytes), wanted)
          assert.deepEqual(unsplice(bytes), value)
        },
      ),
    )
  })

  it('refuses what is no whole object', () => {
    assert.throws(() => encodeObject({ kind: 'K', metadata: { name: 'a' } }), TypeError)
    const bare = { kind: 'K', apiVersion: 'v1', metadata: { resourceVersion: '1' } }
    assert.throws(() => encodeObject(bare), TypeError)
    assert.throws(() => splice(Buffer.from('{"kind":"K"}'), 1), TypeError)
  })
})
