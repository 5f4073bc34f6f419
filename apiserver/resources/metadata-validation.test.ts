import assert from 'node:assert/strict'
import type { ObjectMeta } from '../../api/object.ts'
import { validateMetadata, validateMetadataUpdate } from './metadata-validation.ts'
import { defineResource } from './resource.ts'

const resource = defineResource({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ConfigMap',
  strategy: {},
  subresources: [],
  columns: [],
})

const problems = (metadata: ObjectMeta) =>
  validateMetadata(resource, { metadata: { name: 'a', namespace: 'ns', ...metadata } }).map(
    ({ field, message }) => `${field}: ${message}`,
  )

describe('metadata validation', () => {
  it('finds nothing wrong with what is right', () => {
    assert.deepEqual(
      problems({
        name: 'a.b-c.9',
        labels: { 'example.com/A_b.c': '', app: 'A.b_9' },
        annotations: { 'Example.com/x': 'anything {} goes' },
        finalizers: ['example.com/f', 'orphan'],
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true },
        ],
      }),
      [],
    )
    assert.deepEqual(problems({ generateName: 'a-' }), [])
  })

  it('names a bad name as Kubernetes does', () => {
    assert.deepEqual(problems({ name: 'Bad_Name' }), [
      `metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ])
    assert.deepEqual(problems({ name: '' }), [
      'metadata.name: Required value: name or generateName is required',
    ])
    assert.equal(problems({ name: 'a'.repeat(254) }).length, 1)
  })

  it('finds every bad label, annotation, owner and finalizer', () => {
    assert.equal(problems({ labels: { '': 'x' } }).length, 2)
    assert.match(problems({ labels: { a: '-x' } })[0]!, /a valid label must be an empty string/)
    assert.match(problems({ labels: { 'a/b/c': 'x' } })[0]!, /a qualified name must consist/)
    assert.deepEqual(problems({ annotations: { a: 'x'.repeat(262_144) } }), [
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ])
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }
    const many = Array.from({ length: 30_000 }, (_, at) => ({ ...owner, uid: `u${at}` }))
    assert.equal(problems({ ownerReferences: many }).length, 1, 'told once')
    assert.match(
      problems({ ownerReferences: [owner, owner] })[0]!,
      /Found "true" in references for Pod\/p and Pod\/p$/,
    )
    assert.match(
      problems({ ownerReferences: [{ ...owner, uid: '' }] })[0]!,
      /^metadata.ownerReferences.uid: Invalid value: ""/,
    )
    assert.match(
      problems({ finalizers: ['orphan', 'foregroundDeletion'] })[0]!,
      /cannot be both set/,
    )
  })

  it('takes linear time over a hostile name', () => {
    const start = performance.now()
    problems({
      name: `${'a-'.repeat(50_000)}!`,
      labels: { ['a'.repeat(100_000)]: '.'.repeat(100_000) },
    })
    assert.ok(performance.now() - start < 100)
  })

  it('lets a dying object lose finalizers but not gain any', () => {
    const dying = { metadata: { name: 'a', deletionTimestamp: 't', finalizers: ['x/a'] } }
    const errors = (finalizers: string[]) =>
      validateMetadataUpdate({ metadata: { name: 'a', finalizers } }, dying)
    assert.deepEqual(errors([]), [])
    assert.deepEqual(errors(['x/a', 'x/b']), [
      {
        reason: 'FieldValueForbidden',
        field: 'metadata.finalizers',
        message:
          'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x/b"}',
      },
    ])
  })
})
