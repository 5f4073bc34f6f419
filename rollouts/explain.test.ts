import assert from 'node:assert/strict'
import type { Pod } from '../api/types.ts'
import { explain } from './explain.ts'
import {
  ended,
  initPod,
  owned,
  pod,
  quota,
  rigid,
  type Sketch,
  snapshot,
  timedOut,
  unscheduled,
  waiting,
} from './testing/sketch.ts'

const cases: [what: string, sketch: Sketch, code: string, severity: string, verdict: string][] = [
  [
    'a change nobody has seen',
    { deployment: { generation: 3 } },
    'not-observed',
    'info',
    'The deployment controller has not seen the latest change.',
  ],
  [
    'a pause, whatever else',
    { spec: { paused: true }, pods: [waiting('ErrImagePull')] },
    'paused',
    'info',
    'The rollout is paused.',
  ],
  [
    'completion, whatever a pod said before',
    { status: { updatedReplicas: 3, availableReplicas: 3 }, pods: [waiting('ErrImagePull')] },
    'complete',
    'ok',
    'All 3 replicas are up to date and available.',
  ],
  [
    'no completion with old pods left',
    { status: { replicas: 4, updatedReplicas: 3, availableReplicas: 3 } },
    'progressing',
    'info',
    '3 of 3 replicas are updated, 0 of them available.',
  ],
  [
    'refused pods',
    { newest: quota(), pods: [waiting('ErrImagePull')] },
    'refused',
    'error',
    'ReplicaSet "web-new" cannot create pods: exceeded quota: pods=2',
  ],
  [
    'pods that cannot be deleted',
    { newest: quota('FailedDelete') },
    'refused',
    'error',
    'ReplicaSet "web-new" cannot delete pods: exceeded quota: pods=2',
  ],
  [
    'a refused ReplicaSet',
    {
      withoutNewest: true,
      status: {
        conditions: [
          {
            type: 'Progressing',
            status: 'False',
            reason: 'ReplicaSetCreateError',
            message: 'Failed to create new replica set "x": no',
          },
        ],
      },
    },
    'refused',
    'error',
    'Failed to create new replica set "x": no.',
  ],
  [
    'a pod without a node',
    {
      pods: [
        unscheduled(
          '0/2 nodes are available: 2 node(s) were unschedulable. preemption: 0/2 nodes are available: 2 x.',
        ),
      ],
    },
    'unschedulable',
    'warning',
    'Pod "web-new-0" cannot be scheduled: 0/2 nodes are available: 2 node(s) were unschedulable.',
  ],
  [
    'a surge that needs room',
    { spec: rigid, pods: [unscheduled('0/1 nodes are available: 1 Insufficient cpu.')] },
    'unschedulable',
    'error',
    'Pod "web-new-0" cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu; the old pods hold the room, and maxUnavailable is 0.',
  ],
  [
    'no deadlock where old pods may go',
    { pods: [unscheduled('0/1 nodes are available: 1 Insufficient cpu.')], spec: { replicas: 4 } },
    'unschedulable',
    'warning',
    'Pod "web-new-0" cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu.',
  ],
  [
    'no deadlock where room is not what lacks',
    { spec: rigid, pods: [unscheduled('0/1 nodes are available: 1 node(s) were unschedulable.')] },
    'unschedulable',
    'warning',
    'Pod "web-new-0" cannot be scheduled: 0/1 nodes are available: 1 node(s) were unschedulable.',
  ],
  [
    'an image that cannot be pulled',
    { pods: [waiting('ErrImagePull')] },
    'image',
    'error',
    'Pod "web-new-0", container "app": image "nope:1" cannot be pulled (ErrImagePull/ImagePullBackOff).',
  ],
  [
    'the same while waiting to pull again',
    { pods: [waiting('ImagePullBackOff')] },
    'image',
    'error',
    'Pod "web-new-0", container "app": image "nope:1" cannot be pulled (ErrImagePull/ImagePullBackOff).',
  ],
  [
    'an image that must not be pulled',
    { pods: [waiting('ErrImageNeverPull')] },
    'image',
    'error',
    'Pod "web-new-0", container "app": image "nope:1" is not on the node and its pull policy is Never (ErrImageNeverPull).',
  ],
  [
    'a malformed image name',
    { pods: [waiting('InvalidImageName')] },
    'image',
    'error',
    'Pod "web-new-0", container "app": image name "nope:1" is not valid (InvalidImageName).',
  ],
  [
    'a missing Secret',
    { pods: [waiting('CreateContainerConfigError', 'secret "s" not found')] },
    'config',
    'error',
    'Pod "web-new-0", container "app" cannot be configured: secret "s" not found (CreateContainerConfigError).',
  ],
  [
    'a command that does not exist',
    { pods: [waiting('RunContainerError')] },
    'start',
    'error',
    'Pod "web-new-0", container "app" cannot be started (RunContainerError/StartError).',
  ],
  [
    'the same while waiting to start again',
    {
      pods: [
        pod({ waiting: { reason: 'CrashLoopBackOff' } }, { lastState: ended(128, 'StartError') }),
      ],
    },
    'start',
    'error',
    'Pod "web-new-0", container "app" cannot be started (RunContainerError/StartError).',
  ],
  [
    'a crash loop',
    {
      pods: [
        pod({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 4, lastState: ended(1) }),
      ],
    },
    'crash',
    'error',
    'Pod "web-new-0", container "app" exits with code 1 (Error) and is restarted with back-off (CrashLoopBackOff).',
  ],
  [
    'the same between two crashes',
    { pods: [pod({ running: {} }, { restartCount: 4, lastState: ended(1) })] },
    'crash',
    'error',
    'Pod "web-new-0", container "app" exits with code 1 (Error) and is restarted with back-off (CrashLoopBackOff).',
  ],
  [
    'the same at the moment of a crash',
    { pods: [pod(ended(1))] },
    'crash',
    'error',
    'Pod "web-new-0", container "app" exits with code 1 (Error) and is restarted with back-off (CrashLoopBackOff).',
  ],
  [
    'lack of memory',
    { pods: [pod(ended(137, 'OOMKilled'))] },
    'crash',
    'error',
    'Pod "web-new-0", container "app" exits with code 137 (OOMKilled) and is restarted with back-off (CrashLoopBackOff).',
  ],
  [
    'no crash for one that has recovered',
    { pods: [pod({ running: {} }, { ready: true, restartCount: 4, lastState: ended(1) })] },
    'progressing',
    'info',
    '1 of 3 replicas are updated, 0 of them available.',
  ],
  [
    'a crashing init container',
    { pods: [initPod({ waiting: { reason: 'CrashLoopBackOff' } }, { lastState: ended(2) })] },
    'crash',
    'error',
    'Pod "web-new-0", init container "setup" exits with code 2 (Error) and is restarted with back-off (CrashLoopBackOff).',
  ],
  [
    'an init container at work',
    { pods: [initPod({ running: {} })] },
    'init',
    'info',
    'Pod "web-new-0", init container "setup" has not finished.',
  ],
  [
    'no init container that has finished',
    { pods: [initPod(ended(0, 'Completed'))] },
    'progressing',
    'info',
    '1 of 3 replicas are updated, 0 of them available.',
  ],
  [
    'a pod that is not ready yet',
    { pods: [pod({ running: {} })] },
    'readiness',
    'info',
    'Pod "web-new-0", container "app" runs but is not ready.',
  ],
  [
    'a probe that does not succeed',
    {
      pods: [
        pod({ running: {} }, {}, { containers: [{ name: 'app', image: 'i', readinessProbe: {} }] }),
      ],
    },
    'readiness',
    'info',
    'Pod "web-new-0", container "app" runs but is not ready: its probe has not succeeded.',
  ],
  [
    'the same after the deadline',
    { spec: { progressDeadlineSeconds: 600 }, status: timedOut, pods: [pod({ running: {} })] },
    'readiness',
    'error',
    'Pod "web-new-0", container "app" runs but is not ready.',
  ],
  [
    'minReadySeconds',
    { spec: { minReadySeconds: 30 }, newest: { readyReplicas: 2, availableReplicas: 1 } },
    'min-ready',
    'info',
    '1 ready pod must stay ready for 30 s.',
  ],
  [
    'no minReadySeconds without any',
    { newest: { readyReplicas: 2, availableReplicas: 1 } },
    'progressing',
    'info',
    '1 of 3 replicas are updated, 1 of them available.',
  ],
  [
    'old pods that end before new ones begin',
    {
      spec: { strategy: { type: 'Recreate' } },
      oldPods: [{ metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', finalizers: ['f'] } }],
    },
    'terminating',
    'info',
    '1 old pod is still ending.',
  ],
  [
    'no old pods that end while new ones start',
    { oldPods: [{ metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } }] },
    'progressing',
    'info',
    '1 of 3 replicas are updated, 0 of them available.',
  ],
  [
    'the deadline, with nothing else to blame',
    { spec: { progressDeadlineSeconds: 600 }, status: timedOut },
    'deadline',
    'error',
    'The rollout made no progress within its deadline.',
  ],
  ['progress', {}, 'progressing', 'info', '1 of 3 replicas are updated, 0 of them available.'],
  [
    'no trouble of old pods',
    { oldPods: [waiting('ErrImagePull')] },
    'progressing',
    'info',
    '1 of 3 replicas are updated, 0 of them available.',
  ],
]

describe('explain', () => {
  for (const [what, sketch, code, severity, verdict] of cases)
    it(`tells of ${what}`, () => {
      const explanation = explain(snapshot(sketch))
      assert.deepEqual(
        [explanation.code, explanation.severity, explanation.verdict],
        [code, severity, verdict],
      )
      assert.ok(explanation.next.length > 0)
    })

  it('says where it stands, word for word', () => {
    const { because } = explain(snapshot({ pods: [waiting('ErrImagePull', 'manifest unknown')] }))
    assert.deepEqual(because, [
      {
        object: 'pod/web-new-0',
        field: 'status.containerStatuses[0].state.waiting.reason',
        message: 'manifest unknown',
      },
    ])
  })

  it('tells of the gravest trouble, by the oldest pod that has it, and lists no more than eight', () => {
    const many = Array.from({ length: 12 }, () => waiting('ErrImagePull'))
    const explanation = explain(snapshot({ pods: [pod({ running: {} }), ...many] }))
    assert.match(explanation.verdict, /^Pod "web-new-1",/)
    assert.equal(explanation.because.length, 8)
  })

  it('does not depend on the order of objects', () => {
    const whole = snapshot({
      pods: [waiting('ErrImagePull'), waiting('ErrImagePull'), pod({ running: {} })],
    })
    const turned = {
      ...whole,
      pods: [...whole.pods].reverse(),
      replicaSets: [...whole.replicaSets].reverse(),
    }
    assert.deepEqual(explain(turned), explain(whole))
  })

  it('takes no account of objects of others', () => {
    const whole = snapshot({})
    const stranger = {
      ...waiting('ErrImagePull'),
      metadata: { name: 'x', ...owned('ReplicaSet', 'other') },
    } as Pod
    assert.equal(explain({ ...whole, pods: [stranger] }).code, 'progressing')
  })
})
