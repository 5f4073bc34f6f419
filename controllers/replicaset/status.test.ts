import assert from 'node:assert/strict'
import type { Pod, ReplicaSet } from '../../api/types.ts'
import { nextAvailability, sameStatus, statusOf } from './status.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const at = (seconds: number) => new Date(now + seconds * 1000).toISOString()

const replicaSet = (change: Partial<ReplicaSet['status'] & object> = {}): ReplicaSet => ({
  metadata: { name: 'web', uid: 'u', generation: 3 },
  spec: {
    replicas: 3,
    minReadySeconds: 10,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web', tier: 'front' } } },
  },
  status: { replicas: 0, ...change },
})

const pod = (labels: Record<string, string>, readyFor?: number): Pod => ({
  metadata: { labels },
  status: {
    conditions:
      readyFor === undefined
        ? []
        : [{ type: 'Ready', status: 'True', lastTransitionTime: at(-readyFor) }],
  },
})
const labels = { app: 'web', tier: 'front' }

describe('replica set status', () => {
  it('counts labelled, ready, available and terminating pods apart', () => {
    const active = [pod(labels, 10), pod(labels, 9), pod({ app: 'web' }), pod(labels)]
    const status = statusOf({
      replicaSet: replicaSet(),
      active,
      terminating: [pod(labels)],
      failure: undefined,
      now,
    })
    assert.deepEqual(status, {
      replicas: 4,
      fullyLabeledReplicas: 3,
      readyReplicas: 2,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 3,
    })
  })

  it('looks again at the exact moment the next ready pod becomes available', () => {
    assert.equal(nextAvailability([pod(labels, 3), pod(labels, 8), pod(labels)], 10, now), 2000)
    assert.equal(nextAvailability([pod(labels, 10)], 10, now), undefined)
    assert.equal(nextAvailability([pod(labels, 0)], 0, now), undefined)
  })

  const observe = (of: ReplicaSet, failure: string | undefined, active: Pod[] = []) =>
    statusOf({ replicaSet: of, active, terminating: [], failure, now })

  it('says why pods could not be created, in the words of the refusal', () => {
    assert.deepEqual(observe(replicaSet(), 'exceeded quota').conditions, [
      {
        type: 'ReplicaFailure',
        status: 'True',
        lastTransitionTime: '2026-01-01T12:00:00Z',
        reason: 'FailedCreate',
        message: 'exceeded quota',
      },
    ])
    const surplus = [pod(labels), pod(labels), pod(labels), pod(labels)]
    assert.equal(observe(replicaSet(), 'no', surplus).conditions?.[0]?.reason, 'FailedDelete')
  })

  it('keeps the first text while the failure lasts, and drops it when it is over', () => {
    const conditions = observe(replicaSet(), 'pods "web-x1" is forbidden').conditions!
    const failing = replicaSet({ conditions })
    assert.deepEqual(observe(failing, 'pods "web-x2" is forbidden').conditions, conditions)
    assert.equal(observe(failing, undefined).conditions, undefined)
  })

  it('takes absent counts as zero when it compares', () => {
    const status = observe(replicaSet(), undefined)
    assert.equal(sameStatus({ replicas: 0, observedGeneration: 3 }, status), true)
    assert.equal(sameStatus({ replicas: 0, observedGeneration: 2 }, status), false)
    assert.equal(
      sameStatus({ replicas: 0, observedGeneration: 3, readyReplicas: 1 }, status),
      false,
    )
    assert.equal(sameStatus(undefined, status), false)
  })
})
