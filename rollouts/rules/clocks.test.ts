import assert from 'node:assert/strict'
import type { Pod } from '../../api/types.ts'
import { explain } from '../explain.ts'
import { pod, snapshot, waiting } from '../testing/sketch.ts'

const now = Date.parse('2026-01-01T00:10:00Z')
const at = (second: number) => new Date(now + second * 1000).toISOString().replace('.000', '')

const readySince = (second: number): Partial<Pod> => ({
  metadata: { creationTimestamp: at(second - 10) },
  status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at(second) }] },
})
const progressingSince = (second: number, reason = 'ReplicaSetUpdated') => ({
  conditions: [{ type: 'Progressing', status: 'True', reason, lastUpdateTime: at(second) }],
})
const clockIn = ({ because }: ReturnType<typeof explain>) =>
  because.find(({ field }) => field === 'spec.progressDeadlineSeconds')?.message

describe('clocks of a rollout', () => {
  it('count down minReadySeconds, of the pod that will be first', () => {
    const sketch = {
      spec: { minReadySeconds: 30 },
      newest: { readyReplicas: 2, availableReplicas: 0 },
      pods: [readySince(-10), readySince(-18)],
    }
    const { code, verdict, next } = explain(snapshot({ ...sketch, now }))
    assert.equal(code, 'min-ready')
    assert.equal(verdict, '2 ready pods must stay ready for 30 s.')
    assert.equal(next, 'It goes on by itself: the next is available in 12 s.')
    assert.equal(explain(snapshot(sketch)).next, 'It goes on by itself.')
  })

  it('count down the grace of old pods, and tell of what is overdue and held', () => {
    const oldPods: Partial<Pod>[] = [
      { metadata: { deletionTimestamp: at(12) } },
      { metadata: { deletionTimestamp: at(-5), finalizers: ['example.com/keep'] } },
    ]
    const recreate = { strategy: { type: 'Recreate' } }
    const { code, because } = explain(snapshot({ spec: recreate, oldPods, now }))
    assert.equal(code, 'terminating')
    assert.deepEqual(
      because.map(({ message }) => message),
      [
        `to be gone by ${at(12)}, 12 s left`,
        `to be gone by ${at(-5)}, 5 s overdue, held by example.com/keep`,
      ],
    )
  })

  it('count down the deadline beside any other reason', () => {
    const sketch = { status: progressingSince(-100), pods: [waiting('ErrImagePull')] }
    const explanation = explain(snapshot({ ...sketch, now }))
    assert.equal(explanation.code, 'image')
    assert.equal(clockIn(explanation), '8 min 20 s of 10 min are left to make progress')
    assert.equal(clockIn(explain(snapshot(sketch))), undefined)
  })

  it('do not run in a pause, after the end, or without a deadline', () => {
    const running = { status: progressingSince(-100), now }
    assert.equal(clockIn(explain(snapshot({ ...running, spec: { paused: true } }))), undefined)
    const done = progressingSince(-100, 'NewReplicaSetAvailable')
    assert.equal(clockIn(explain(snapshot({ status: done, now }))), undefined)
    const none = { progressDeadlineSeconds: 2 ** 31 - 1 }
    assert.equal(clockIn(explain(snapshot({ ...running, spec: none }))), undefined)
  })

  it('estimate what is left by the pace so far, from two pods on', () => {
    const sketch = (available: number) =>
      snapshot({
        spec: { replicas: 6 },
        newest: { availableReplicas: available },
        pods: Array.from({ length: available }, () => readySince(-50)),
        now,
      })
    assert.equal(
      explain(sketch(2)).next,
      'It goes on by itself: at 2.0 pods a minute about 2 min are left.',
    )
    assert.equal(explain(sketch(1)).next, 'It goes on by itself.')
  })

  it('do not take a container for ready that has crashed a moment ago', () => {
    const restarted = (second: number) => {
      const lastState = { terminated: { exitCode: 1, finishedAt: at(second) } }
      return pod({ running: {} }, { ready: true, restartCount: 1, lastState })
    }
    const code = (change: Partial<Pod>) => {
      const status = { updatedReplicas: 3, availableReplicas: 3 }
      return explain(snapshot({ status, pods: [change], now })).code
    }
    assert.notEqual(code(restarted(-9)), 'complete')
    assert.equal(code(restarted(-10)), 'complete')
    assert.equal(code(pod({ waiting: { reason: 'CrashLoopBackOff' } })), 'crash')
  })

  it('leave verdicts from warning on alone: they stand in conditions', () => {
    const sketch = { status: progressingSince(-100), pods: [pod({ terminated: { exitCode: 1 } })] }
    const [early, late] = [now, now + 60_000].map((moment) =>
      explain(snapshot({ ...sketch, now: moment })),
    )
    assert.equal(early?.verdict, late?.verdict)
    assert.notEqual(clockIn(early!), clockIn(late!))
  })
})
