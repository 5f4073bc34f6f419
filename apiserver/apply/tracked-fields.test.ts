import assert from 'node:assert/strict'
import { pods } from '../resources/core/pod.ts'
import { services } from '../resources/core/service.ts'
import { resources } from '../resources/index.ts'
import { paths, readFieldSet } from './field-set.ts'
import { formatPath } from './path-element.ts'
import { resetFields } from './tracked-fields.ts'

/** Something of everything. */
const written = readFieldSet({
  'f:metadata': {
    'f:labels': { 'f:a': {} },
    'f:finalizers': { 'v:"x"': {} },
    'f:ownerReferences': { 'k:{"uid":"u"}': {} },
  },
  'f:spec': {
    'f:replicas': {},
    'f:containers': {
      'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:resources': { 'f:limits': { 'f:cpu': {} } } },
    },
    'f:ephemeralContainers': { 'k:{"name":"e"}': { '.': {}, 'f:image': {} } },
  },
  'f:status': { 'f:conditions': { 'k:{"type":"A"}': { '.': {} } }, 'f:certificate': {} },
})

const kept = (...where: Parameters<typeof resetFields>) =>
  paths(resetFields(...where).keep(written)).map(formatPath)
const of = (plural: string) => resources.find((one) => one.plural === plural)!

describe('apply: what a write can own', () => {
  it('is not the status of an object, where that is written apart', () => {
    assert.ok(!kept(services, '').some((path) => path.startsWith('.status')))
    assert.ok(kept(of('configmaps'), '').some((path) => path.startsWith('.status')))
  })

  it('is all but the spec by a status, unless the kind keeps more from it', () => {
    assert.deepEqual(kept(services, 'status'), [
      '.metadata.finalizers[="x"]',
      '.metadata.labels.a',
      '.metadata.ownerReferences[uid="u"]',
      '.status.certificate',
      '.status.conditions[type="A"]',
    ])
    assert.deepEqual(kept(pods, 'status').slice(0, 3), [
      '.metadata.finalizers[="x"]',
      '.metadata.labels.a',
      '.status.certificate',
    ])
    assert.ok(!kept(of('deployments'), 'status').includes('.metadata.labels.a'))
    for (const plural of ['flowschemas', 'volumeattachments', 'apiservices', 'resourceclaims'])
      assert.ok(
        kept(of(plural), 'status').every((path) => path.startsWith('.status')),
        plural,
      )
  })

  it('is the part of a pod that a subresource is for', () => {
    assert.deepEqual(kept(pods, 'ephemeralcontainers'), [
      '.spec.ephemeralContainers[name="e"]',
      '.spec.ephemeralContainers[name="e"].image',
    ])
    assert.deepEqual(kept(pods, 'resize'), ['.spec.containers[name="c"].resources.limits.cpu'])
  })

  it('is of a certificate request what its approver, its signer or its owner writes', () => {
    const csrs = of('certificatesigningrequests')
    const status = (subresource: string) =>
      kept(csrs, subresource).filter((path) => !path.startsWith('.metadata'))
    assert.deepEqual(status(''), [])
    assert.deepEqual(status('approval'), ['.status.conditions[type="A"]'])
    assert.deepEqual(status('status'), ['.status.certificate'])
  })
})
