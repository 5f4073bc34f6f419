import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import type { IPAddress, Pod as PodObject } from '../../api/types.ts'
import { Pod, Service } from '../../controllers/framework/index.ts'
import { Aliases, canonicalEnd, differencesOf, labelOf, lineOf } from './canonical.ts'
import { headOf } from './head.ts'
import { totalsOf } from './history.ts'
import { created, deleted, updated } from './testing/entries.ts'

/** The same pod as another run would have made it. */
const drawnPod = (suffix: string, uid: string, ip: string): PodObject & KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'default',
    generateName: 'web-',
    name: `web-${suffix}`,
    uid,
    resourceVersion: suffix,
    generation: 2,
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: { containers: [{ name: 'b' }, { name: 'a' }] },
  status: {
    observedGeneration: 2,
    podIP: ip,
    conditions: [
      { type: 'Ready', status: 'True', message: `pod web-${suffix} answers on ${ip}` },
      { type: 'Initialized', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  } as never,
})

describe('canonical objects', () => {
  it('are the same whatever was drawn and handed out', () => {
    const one = canonicalEnd([created(Pod, drawnPod('abcde', 'uid-1', '10.0.0.1'))])
    const other = canonicalEnd([created(Pod, drawnPod('fghij', 'uid-2', '10.0.0.9'))])
    assert.deepEqual(one, other)
    const pod = JSON.stringify([...one.values()])
    assert.match(pod, /pod web-\* answers on <address of Pod default\/web-\*>/)
    assert.match(pod, /"observedGeneration":"current"/)
    assert.doesNotMatch(pod, /abcde|uid-1|2026|"generation"/)
  })

  it('of addresses are called after those that have them', () => {
    const taken = (name: string): IPAddress & KubernetesObject => ({
      kind: 'IPAddress',
      metadata: { name },
      spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
    })
    for (const address of ['10.96.0.7', '10.96.0.8'])
      assert.equal(labelOf(taken(address)), 'IPAddress of services default/web')
  })

  it('keep the order of what is wanted and forget that of what is observed', () => {
    const { spec, status } = [
      ...canonicalEnd([created(Pod, drawnPod('a', 'u', 'i'))]).values(),
    ][0] as { spec: { containers: unknown[] }; status: { conditions: { type: string }[] } }
    assert.deepEqual(spec.containers, [{ name: 'b' }, { name: 'a' }])
    assert.deepEqual(
      status.conditions.map(({ type }) => type),
      ['Initialized', 'Ready'],
    )
  })

  it('that look the same are numbered', () => {
    const log = ['a', 'b'].map((name) => created(Pod, drawnPod(name, `uid-${name}`, `10.${name}`)))
    assert.deepEqual(
      [...canonicalEnd(log).keys()],
      ['Pod default/web-* #1', 'Pod default/web-* #2'],
    )
  })

  it('are told apart field by field', () => {
    assert.deepEqual(differencesOf({ a: [{ b: 1 }], c: 1 }, { a: [{ b: 2 }] }), [
      { path: '.a[0].b', expected: 1, actual: 2 },
      { path: '.c', expected: 1, actual: undefined },
    ])
    assert.deepEqual(differencesOf([1], [1, 2]), [{ path: '', expected: [1], actual: [1, 2] }])
  })
})

describe('a log', () => {
  const pod = drawnPod('abcde', 'uid-1', '10.0.0.1')
  const changed = { ...pod, spec: { containers: [] } }
  const log = [created(Pod, pod), updated(Pod, pod, changed), deleted(Pod, changed)]

  it('is read line by line', () => {
    assert.deepEqual(
      log.map((entry) => lineOf(entry, Aliases.of(log))),
      [
        'controllers created Pod default/web-*',
        'controllers updated Pod default/web-*: .spec.containers = []',
        'controllers deleted Pod default/web-*',
      ],
    )
  })

  it('has a state after each write', () => {
    assert.equal(headOf(log.slice(0, 2)).get(Pod, 'web-abcde')?.spec?.containers?.length, 0)
    assert.equal(headOf(log).get(Pod, 'default/web-abcde'), undefined)
    assert.deepEqual(headOf(log.slice(0, 1)).list(Pod, 'other'), [])
    assert.deepEqual(headOf(log).list(Service), [])
  })

  it('counts what came and went', () => {
    assert.deepEqual([...totalsOf(log)], [['Pod default/web-*', { created: 1, deleted: 1 }]])
  })
})
