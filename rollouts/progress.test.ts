import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Pod } from '../api/types.ts'
import { progressOf } from './progress.ts'
import { pod, rigid, snapshot, waiting } from './testing/sketch.ts'

const ready: Partial<Pod> = {
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
}
const ending: Partial<Pod> = { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } }

const pieces = [
  ready,
  ending,
  waiting('ErrImagePull', 'not found'),
  pod({ running: {} }),
  pod({ terminated: { exitCode: 1 } }),
  { status: { phase: 'Failed', reason: 'Evicted' } } as Partial<Pod>,
  {},
]

describe('the view of a rollout', () => {
  it('counts pods by what they are worth, those that end beyond the bar', () => {
    const { gauge } = progressOf(
      snapshot({
        spec: rigid,
        pods: [ready, waiting('ErrImagePull')],
        oldPods: [ready, {}, ending],
      }),
    )
    assert.deepEqual(gauge, {
      desired: 3,
      floor: 3,
      ceiling: 4,
      oldAvailable: 1,
      oldUnready: 1,
      newAvailable: 1,
      newStarting: 1,
      terminating: 1,
    })
  })

  it('has no floor where all old pods go first', () => {
    const recreate = { strategy: { type: 'Recreate' } }
    const { floor, ceiling } = progressOf(snapshot({ spec: recreate })).gauge
    assert.deepEqual([floor, ceiling], [0, 3])
  })

  it('has the new revision first, and a word for each pod', () => {
    const { revisions } = progressOf(
      snapshot({ pods: [waiting('ErrImagePull', 'not found')], oldPods: [ready, ending] }),
    )
    assert.deepEqual(
      revisions.map(({ replicaSet, newest, pods }) => [
        replicaSet,
        newest,
        pods.map(({ state }) => state),
      ]),
      [
        ['web-new', true, ['failing']],
        ['web-old', false, ['available', 'terminating']],
      ],
    )
  })

  it('takes a pod for available only after minReadySeconds', () => {
    const since = {
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
      },
    }
    const whole = snapshot({ pods: [since] })
    whole.replicaSets[1]!.spec!.minReadySeconds = 10
    const stateAt = (time: string) =>
      progressOf({ ...whole, now: Date.parse(time) }).revisions[0]?.pods[0]?.state
    assert.equal(stateAt('2026-01-01T00:00:09Z'), 'ready')
    assert.equal(stateAt('2026-01-01T00:00:10Z'), 'available')
  })

  it('has failed only when the controller has given up what it has seen', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
    ]
    assert.equal(progressOf(snapshot({ status: { conditions } })).outcome, 'failed')
    const newer = snapshot({ status: { conditions }, deployment: { generation: 3 } })
    assert.equal(progressOf(newer).outcome, 'under way')
    assert.equal(progressOf(snapshot({ spec: { paused: true } })).outcome, 'paused')
  })

  it('is the same in whatever order objects come', () => {
    const some = fc.array(fc.constantFrom(...pieces), { maxLength: 6 })
    fc.assert(
      fc.property(some, some, fc.infiniteStream(fc.nat()), (pods, oldPods, chance) => {
        const whole = snapshot({ pods, oldPods })
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((item) => ({ item, rank: chance.next().value as number }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ item }) => item)
        const other = {
          ...whole,
          pods: shuffled(whole.pods),
          replicaSets: shuffled(whole.replicaSets),
        }
        assert.deepEqual(progressOf(other), progressOf(whole))
      }),
      { numRuns: 200 },
    )
  })

  it('counts every pod exactly once', () => {
    const some = fc.array(fc.constantFrom(...pieces), { maxLength: 8 })
    fc.assert(
      fc.property(some, some, (pods, oldPods) => {
        const { gauge, revisions } = progressOf(snapshot({ pods, oldPods }))
        const ended = revisions
          .flatMap((each) => each.pods)
          .filter(({ state }) => state === 'ended')
        const { oldAvailable, oldUnready, newAvailable, newStarting, terminating } = gauge
        const counted = oldAvailable + oldUnready + newAvailable + newStarting + terminating
        assert.equal(counted + ended.length, pods.length + oldPods.length)
      }),
      { numRuns: 200 },
    )
  })
})
