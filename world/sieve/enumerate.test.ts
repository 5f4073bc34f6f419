import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { ConfigMap, type Kind, Secret } from '../../controllers/framework/index.ts'
import type { WorldRequest } from '../faults.ts'
import { enumeratePlans } from './enumerate.ts'
import type { PlanType } from './plan.ts'
import { patch } from './steps.ts'
import { created, traceOf, updated } from './testing/entries.ts'

const map = (data: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name: 'a' },
  data: { data },
})
const request = (verb: WorldRequest['verb']): WorldRequest => ({
  process: 'controllers',
  incarnation: 1,
  sequence: 1,
  verb,
  kind: ConfigMap,
  ref: { namespace: 'default', name: 'a' },
  at: 0,
})

/** Made, changed twice; two writes and a read by the controllers; at rest after the first and after the last write. */
const trace = traceOf(
  [
    created(ConfigMap, map('1')),
    updated(ConfigMap, map('1'), map('2')),
    updated(ConfigMap, map('2'), map('3')),
  ],
  {
    settled: [1, 3],
    requests: [
      { request: request('get'), after: 0 },
      { request: request('create'), after: 1 },
      { request: request('apply'), after: 2 },
    ],
  },
)

const plans = (type: PlanType, kinds: Kind[] = [ConfigMap]) =>
  enumeratePlans({
    trace,
    kinds,
    steps: [patch(ConfigMap, 'a', { data: {} })],
    only: [type],
  }).map(({ plan }) => plan)

describe('plans', () => {
  it('crash at every write, after it and before it', () => {
    assert.deepEqual(plans('crash'), [
      { type: 'crash', request: 2, applied: true },
      { type: 'crash', request: 2, applied: false },
      { type: 'crash', request: 3, applied: true },
      { type: 'crash', request: 3, applied: false },
    ])
  })

  it('refuse every request, with a conflict where there can be one', () => {
    assert.deepEqual(
      plans('refused').map((plan) => plan.type === 'refused' && [plan.request, plan.reason]),
      [1, 2, 3].flatMap((number) => [
        [number, 'TooManyRequests'],
        [number, 'InternalError'],
        ...(number === 3 ? [[3, 'Conflict']] : []),
      ]),
    )
  })

  it('start anew where nothing moves, on every view that differs from that moment', () => {
    assert.deepEqual(
      plans('stale').map((plan) => plan.type === 'stale' && [plan.restart, plan.views[0]?.after]),
      [
        [1, 0],
        [3, 0],
        [3, 1],
        [3, 2],
      ],
    )
  })

  it('take old views of kinds alone and together', () => {
    const sizes = plans('stale', [ConfigMap, Secret]).map(
      (plan) => plan.type === 'stale' && plan.views.length,
    )
    assert.deepEqual(sizes, [1, 2, 1, 1, 1, 2, 2, 2])
  })

  it('hide every series of changes of an object, as events and as a list', () => {
    assert.deepEqual(
      plans('unobserved').map(
        (plan) => plan.type === 'unobserved' && [plan.from, plan.to, plan.as],
      ),
      [
        [1, 2],
        [1, 3],
        [1, 'end'],
        [2, 3],
        [2, 'end'],
        [3, 'end'],
      ].flatMap(([from, to]) => [
        [from, to, 'relist'],
        [from, to, 'events'],
      ]),
    )
  })

  it('say in words what they do', () => {
    const [first] = enumeratePlans({ trace, kinds: [ConfigMap], steps: [], only: ['crash'] })
    assert.equal(
      first?.words,
      'the process crashes at its request 2 (create ConfigMap default/a), which has been applied, and starts anew',
    )
  })

  it('leave out what is not wanted', () => {
    const all = enumeratePlans({ trace, kinds: [ConfigMap], steps: [], except: ['crash', 'stale'] })
    const types = new Set(all.map(({ plan }) => plan.type))
    assert.deepEqual([...types].sort(), [
      'duplicate',
      'lost-reply',
      'refused',
      'takeover',
      'unobserved',
    ])
  })
})
