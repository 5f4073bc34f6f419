import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Pod } from '../../api/types.ts'
import { deletionCost, podsToDelete } from './deletion-order.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString()

interface Sketch {
  node?: string
  phase?: string
  /** Seconds since it became ready. */
  ready?: number
  cost?: string
  restarts?: number
  sidecarRestarts?: number
  /** Seconds since it was created. */
  age?: number
}

function pod(name: string, sketch: Sketch = {}): Pod {
  const { node = 'n1', phase = 'Running', ready, cost, restarts = 0, age = 100 } = sketch
  return {
    metadata: {
      name,
      uid: name,
      creationTimestamp: ago(age),
      ...(cost === undefined
        ? {}
        : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: {
      containers: [],
      ...(node ? { nodeName: node } : {}),
      initContainers: [{ name: 'side', restartPolicy: 'Always' }],
    },
    status: {
      phase,
      conditions:
        ready === undefined
          ? [{ type: 'Ready', status: 'False' }]
          : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(ready) }],
      containerStatuses: [
        { name: 'app', image: '', imageID: '', ready: true, restartCount: restarts },
      ],
      initContainerStatuses: [
        {
          name: 'side',
          image: '',
          imageID: '',
          ready: true,
          restartCount: sketch.sidecarRestarts ?? 0,
        },
      ],
    },
  }
}

const first = (pods: Pod[], related = pods) =>
  podsToDelete(pods, related, 1, now).map(({ metadata: { name } }) => name)

describe('deletion order', () => {
  const cases: [rule: string, goes: Sketch, stays: Sketch][] = [
    ['unassigned before assigned, even when ready', { node: '', ready: 5 }, { phase: 'Pending' }],
    ['pending before unknown', { phase: 'Pending', ready: 9 }, { phase: 'Unknown' }],
    ['unknown before running', { phase: 'Unknown', ready: 9 }, { phase: 'Running' }],
    ['not ready before ready', { cost: '100' }, { ready: 5, cost: '-100' }],
    ['lower deletion cost first', { ready: 900, cost: '-1' }, { ready: 1 }],
    ['a malformed cost counts as zero', { ready: 900, cost: '-5' }, { ready: 1, cost: '-10x' }],
    ['ready for less time before more', { ready: 1, age: 900 }, { ready: 50, restarts: 9 }],
    ['more restarts first', { restarts: 3, age: 900 }, { restarts: 2, age: 1 }],
    ['more sidecar restarts first', { sidecarRestarts: 1, age: 900 }, { age: 1 }],
    ['newer before older', { age: 2 }, { age: 900 }],
  ]
  for (const [rule, goes, stays] of cases)
    it(rule, () => {
      assert.deepEqual(first([pod('stays', stays), pod('goes', goes)]), ['goes'])
      assert.deepEqual(first([pod('goes', goes), pod('stays', stays)]), ['goes'])
    })

  it('takes pods from a node where siblings are doubled up, before looking at readiness times', () => {
    const doubled = pod('doubled', { node: 'n1', ready: 9000 })
    const alone = pod('alone', { node: 'n2', ready: 1 })
    const sibling = pod('sibling-of-another-replica-set', { node: 'n1' })
    assert.deepEqual(first([alone, doubled], [alone, doubled, sibling]), ['doubled'])
  })

  it('counts no finished or terminating sibling as doubled up', () => {
    const a = pod('a', { node: 'n1', ready: 9000 })
    const b = pod('b', { node: 'n2', ready: 1 })
    const finished = pod('finished', { node: 'n1', phase: 'Succeeded' })
    const going = pod('going', { node: 'n1' })
    going.metadata.deletionTimestamp = ago(1)
    assert.deepEqual(first([a, b], [a, b, finished, going]), ['b'])
  })

  it('treats ages of one magnitude as equal and then goes by uid', () => {
    // 60 s and 65 s lie between 2^35 and 2^36 nanoseconds, 70 s above.
    assert.deepEqual(first([pod('b', { ready: 60 }), pod('a', { ready: 65 })]), ['a'])
    assert.deepEqual(first([pod('b', { ready: 60 }), pod('a', { ready: 70 })]), ['b'])
  })

  it('reads a deletion cost as a 32-bit integer', () => {
    for (const [text, cost] of [
      ['12', 12],
      ['-2147483648', -2147483648],
      ['2147483648', 0],
      ['+1', 0],
      ['01', 0],
      ['1.5', 0],
    ] as const)
      assert.equal(deletionCost(pod('p', { cost: text })), cost, text)
  })

  it('is a total preorder: the choice does not depend on the order of the list', () => {
    const sketch = fc.record({
      node: fc.constantFrom('', 'n1', 'n2'),
      phase: fc.constantFrom('Pending', 'Running'),
      ready: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
      restarts: fc.integer({ min: 0, max: 2 }),
      age: fc.integer({ min: 1, max: 1000 }),
    })
    fc.assert(
      fc.property(fc.array(sketch, { minLength: 2, maxLength: 8 }), fc.nat(), (sketches, seed) => {
        const pods = sketches.map((each, at) => pod(`p${at}`, each as Sketch))
        const turned = pods.map((_, at) => pods[(at + seed) % pods.length]!)
        const count = 1 + (seed % (pods.length - 1))
        const names = (chosen: Pod[]) => chosen.map(({ metadata }) => metadata.name).sort()
        assert.deepEqual(
          names(podsToDelete(pods, pods, count, now)),
          names(podsToDelete(turned, turned, count, now)),
        )
      }),
    )
  })
})
