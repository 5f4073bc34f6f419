import assert from 'node:assert/strict'
import type { KubernetesObject, ObjectMeta } from '../../api/object.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { configMaps } from '../resources/core/config-map.ts'
import { pods } from '../resources/core/pod.ts'
import { decideDeletion, finalizersFor, isDueForRemoval } from './deletion-rules.ts'
import type { DeleteOptions } from './registry.ts'

const clock = new VirtualClock(Date.UTC(2026, 0, 1))
const map = (metadata: ObjectMeta): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
})
const pod = (metadata: ObjectMeta, spec: object, status: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', generation: 1, ...metadata },
  spec,
  status,
})

describe('deletion', () => {
  const ofMap = (metadata: ObjectMeta, options: DeleteOptions = {}) =>
    decideDeletion(configMaps, map(metadata), options, clock)
  const ofPod = (object: KubernetesObject, options: DeleteOptions = {}) =>
    decideDeletion(pods, object, options, clock)

  it('is at once where nothing holds the object', () => {
    assert.deepEqual(ofMap({}), { type: 'goes' })
    assert.deepEqual(ofMap({}, { propagationPolicy: 'Background' }), { type: 'goes' })
    assert.deepEqual(ofMap({}, { gracePeriodSeconds: 30 }), { type: 'goes' })
  })

  it('waits for finalizers, counting the generation once', () => {
    const object = map({ finalizers: ['x/y'], generation: 3 })
    const deletion = decideDeletion(configMaps, object, {}, clock)
    assert.equal(deletion.type, 'lingers')
    assert.partialDeepStrictEqual(deletion, {
      object: {
        metadata: {
          finalizers: ['x/y'],
          generation: 4,
          deletionTimestamp: '2026-01-01T00:00:00Z',
          deletionGracePeriodSeconds: 0,
        },
      },
    })
    assert.equal(object.metadata.deletionTimestamp, undefined)
    const dying = { deletionTimestamp: 't', deletionGracePeriodSeconds: 0, finalizers: ['x/y'] }
    assert.deepEqual(ofMap(dying), { type: 'pending' })
    assert.deepEqual(ofMap(dying, { propagationPolicy: 'Orphan' }), { type: 'pending' })
  })

  it('has one finalizer for what becomes of dependents, the last word being the client’s', () => {
    const held = ['x/y', 'orphan']
    assert.deepEqual(finalizersFor(held, {}), held)
    assert.deepEqual(finalizersFor(held, { propagationPolicy: 'Background' }), ['x/y'])
    assert.deepEqual(finalizersFor(held, { propagationPolicy: 'Foreground' }), [
      'x/y',
      'foregroundDeletion',
    ])
    assert.deepEqual(finalizersFor([], { orphanDependents: true }), ['orphan'])
    assert.deepEqual(finalizersFor(['x/y'], {}, true), ['x/y', 'orphan'])
    assert.deepEqual(finalizersFor(['x/y'], { propagationPolicy: 'Background' }, true), ['x/y'])
    assert.deepEqual(finalizersFor(['foregroundDeletion'], {}, true), ['foregroundDeletion'])
    assert.deepEqual(finalizersFor(held, { orphanDependents: false }), ['x/y'])
  })

  it('gives a running pod its time, and others none', () => {
    const running = pod({}, { nodeName: 'n', terminationGracePeriodSeconds: 20 })
    assert.partialDeepStrictEqual(ofPod(running), {
      type: 'lingers',
      object: {
        metadata: {
          generation: 2,
          deletionTimestamp: '2026-01-01T00:00:20Z',
          deletionGracePeriodSeconds: 20,
        },
      },
    })
    assert.partialDeepStrictEqual(ofPod(running, { gracePeriodSeconds: -5 }), {
      object: { metadata: { deletionGracePeriodSeconds: 1 } },
    })
    assert.equal(ofPod(running, { gracePeriodSeconds: 0 }).type, 'goes')
    assert.equal(ofPod(pod({}, {})).type, 'goes')
    assert.equal(ofPod(pod({}, { nodeName: 'n' }, { phase: 'Failed' })).type, 'goes')
  })

  it('once begun can only be made shorter', () => {
    const dying = pod(
      { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
      { nodeName: 'n' },
    )
    assert.equal(ofPod(dying).type, 'pending')
    assert.equal(ofPod(dying, { gracePeriodSeconds: 40 }).type, 'pending')
    assert.partialDeepStrictEqual(ofPod(dying, { gracePeriodSeconds: 10 }), {
      type: 'lingers',
      object: {
        metadata: { deletionTimestamp: '2026-01-01T00:00:10Z', deletionGracePeriodSeconds: 10 },
      },
    })
    assert.equal(ofPod(dying, { gracePeriodSeconds: 0 }).type, 'goes')
    dying.metadata.finalizers = ['x/y']
    assert.equal(ofPod(dying, { gracePeriodSeconds: 0 }).type, 'lingers')
  })

  it('ends with the last finalizer, but not before a pod has had its time', () => {
    const due = (metadata: ObjectMeta) =>
      isDueForRemoval(map({}), map({ deletionTimestamp: 't', ...metadata }))
    assert.equal(due({ deletionGracePeriodSeconds: 0 }), true)
    assert.equal(due({ deletionGracePeriodSeconds: 30 }), false)
    assert.equal(isDueForRemoval(map({}), map({})), false)
    const held = map({ finalizers: ['x/y'] })
    const dying = map({ deletionTimestamp: 't', deletionGracePeriodSeconds: 0 })
    assert.equal(isDueForRemoval(held, dying), false)
  })

  it('of a namespace waits for its content as well', () => {
    const namespace = (metadata: ObjectMeta, finalizers: string[]): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'n', ...metadata },
      spec: { finalizers },
    })
    const decide = (object: KubernetesObject) => decideDeletion(configMaps, object, {}, clock)
    assert.partialDeepStrictEqual(decide(namespace({}, ['kubernetes'])), {
      type: 'lingers',
      object: { status: { phase: 'Terminating' } },
    })
    const dying = { deletionTimestamp: 't' }
    assert.equal(decide(namespace(dying, ['kubernetes'])).type, 'pending')
    assert.equal(decide(namespace(dying, [])).type, 'goes')
    assert.equal(isDueForRemoval(namespace(dying, []), namespace(dying, ['kubernetes'])), true)
    assert.equal(
      isDueForRemoval(namespace({ ...dying, finalizers: ['x/y'] }, []), namespace(dying, [])),
      false,
    )
  })
})
