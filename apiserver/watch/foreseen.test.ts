import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { encodeObject } from './encode.ts'
import { Foreseen } from './foreseen.ts'
import { ParsedObjects } from './parsed-objects.ts'
import { type Extract, FieldReader, Version } from './version.ts'

const key = '/registry/pods/default/web'

function pod(node: string): KubernetesObject & { spec: { nodeName: string } } {
  const metadata = { name: 'web', namespace: 'default', uid: 'u', labels: { app: 'web' } }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: node } }
}

function context() {
  const fieldSelectors = {
    'spec.nodeName': (object: { spec: { nodeName: string } }) => object.spec.nodeName,
  }
  return {
    fields: new FieldReader({ fieldSelectors }),
    parsed: new ParsedObjects(10, false),
    foreseen: new Foreseen<Extract>(),
  }
}

const entry = (value: Buffer) => ({ key, value, created: 7, modified: 7 })

describe('what is foreseen of a write', () => {
  it('spares reading its text, and is what the text says', () => {
    const own = context()
    const value = encodeObject(pod('a'))
    const read = Version.of(entry(value), 'ADDED', context())
    Version.foresee(key, value, pod('a'), own)
    const version = Version.of(entry(Buffer.from(value)), 'ADDED', own)
    assert.equal(own.parsed.parses, 0)
    assert.deepEqual(version.fields, read.fields)
    assert.deepEqual(version.labels, read.labels)
    assert.deepEqual(version.bytes, read.bytes)
    assert.deepEqual(version.object, read.object)
    assert.equal(own.parsed.parses, 1)
  })

  it('does not change with the object', () => {
    const own = context()
    const object = pod('a')
    const value = encodeObject(object)
    Version.foresee(key, value, object, own)
    object.metadata.labels!.app = 'other'
    object.spec.nodeName = 'b'
    const version = Version.of(entry(value), 'ADDED', own)
    assert.equal(version.field('spec.nodeName'), 'a')
    assert.equal(version.labels.get('app'), 'web')
  })

  it('is nothing where somebody else was faster', () => {
    const own = context()
    Version.foresee(key, encodeObject(pod('a')), pod('a'), own)
    const version = Version.of(entry(encodeObject(pod('b'))), 'ADDED', own)
    assert.equal(version.field('spec.nodeName'), 'b')
  })

  it('is forgotten, the oldest first, where the writes never come about', () => {
    const foreseen = new Foreseen<number>()
    const value = Buffer.from('x')
    for (let n = 0; n < 5_000; n++) foreseen.put(`/${n}`, value, n)
    assert.equal(foreseen.take('/0', value), undefined)
    assert.equal(foreseen.take('/4999', value), 4999)
    assert.equal(foreseen.take('/4999', value), undefined)
  })
})
