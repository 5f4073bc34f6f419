import assert from 'node:assert/strict'
import type { ContainerStatus, Pod, PodStatus } from '../../../../api/types.ts'
import { container, pod, row } from '../../examples.ts'
import { pods } from '../pod.ts'
import { podRowConditions } from './pod-columns.ts'

const now = Date.UTC(2026, 0, 1, 12)
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString()

type State = ContainerStatus['state']
const running: State = { running: { startedAt: ago(60) } }
const waiting = (reason: string): State => ({ waiting: { reason } })
const ended = (exitCode: number, reason?: string, signal?: number): State => ({
  terminated: { exitCode, ...(reason && { reason }), ...(signal && { signal }) },
})

function status(name: string, state: State, more: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    name,
    image: 'i',
    imageID: '',
    ready: Boolean(state?.running),
    restartCount: 0,
    state,
    ...more,
  }
}

const restarted = (count: number, secondsAgo: number): Partial<ContainerStatus> => ({
  restartCount: count,
  lastState: { terminated: { exitCode: 1, finishedAt: ago(secondsAgo) } },
})

const sidecar = container({ restartPolicy: 'Always' })
const deleting = (one: Pod) => {
  one.metadata.deletionTimestamp = ago(1)
}

function podWith(podStatus: PodStatus, change: (pod: Pod) => void = () => {}): Pod {
  return pod((one) => {
    one.metadata.creationTimestamp = ago(300)
    one.status = podStatus
    change(one)
  })
}

const withInit =
  (...names: string[]) =>
  (one: Pod) => {
    if (one.spec) one.spec.initContainers = names.map((name) => container({ name }))
  }

describe('the pod table', () => {
  const cases: [string, Pod, string, string, string][] = [
    ['a pending pod', podWith({ phase: 'Pending' }), '0/1', 'Pending', '0'],
    [
      'a running pod',
      podWith({ phase: 'Running', containerStatuses: [status('web', running)] }),
      '1/1',
      'Running',
      '0',
    ],
    [
      'a reason of the whole pod',
      podWith({ phase: 'Failed', reason: 'Evicted' }),
      '0/1',
      'Evicted',
      '0',
    ],
    [
      'a gated pod',
      podWith({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      }),
      '0/1',
      'SchedulingGated',
      '0',
    ],
    [
      'a container being created',
      podWith({
        phase: 'Pending',
        containerStatuses: [status('web', waiting('ContainerCreating'))],
      }),
      '0/1',
      'ContainerCreating',
      '0',
    ],
    [
      'a crash loop, with restarts and when',
      podWith({
        phase: 'Running',
        containerStatuses: [status('web', waiting('CrashLoopBackOff'), restarted(2, 180))],
      }),
      '0/1',
      'CrashLoopBackOff',
      '2 (3m ago)',
    ],
    [
      'an error',
      podWith({ phase: 'Failed', containerStatuses: [status('web', ended(1, 'Error'))] }),
      '0/1',
      'Error',
      '0',
    ],
    [
      'an exit code without reason',
      podWith({ phase: 'Failed', containerStatuses: [status('web', ended(3))] }),
      '0/1',
      'ExitCode:3',
      '0',
    ],
    [
      'a signal without reason',
      podWith({ phase: 'Failed', containerStatuses: [status('web', ended(137, '', 9))] }),
      '0/1',
      'Signal:9',
      '0',
    ],
    [
      'completed',
      podWith({ phase: 'Succeeded', containerStatuses: [status('web', ended(0, 'Completed'))] }),
      '0/1',
      'Completed',
      '0',
    ],
    [
      'one completed, one still running and ready',
      podWith(
        {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: [status('a', ended(0, 'Completed')), status('web', running)],
        },
        (one) => void one.spec?.containers.push(container({ name: 'a' })),
      ),
      '1/2',
      'Running',
      '0',
    ],
    [
      'one completed, one running, the pod not ready',
      podWith(
        {
          phase: 'Running',
          containerStatuses: [status('a', ended(0, 'Completed')), status('web', running)],
        },
        (one) => void one.spec?.containers.push(container({ name: 'a' })),
      ),
      '1/2',
      'NotReady',
      '0',
    ],
    [
      'the first of two init containers at work',
      podWith(
        {
          phase: 'Pending',
          initContainerStatuses: [status('a', running), status('b', waiting('PodInitializing'))],
          containerStatuses: [status('web', waiting('PodInitializing'))],
        },
        withInit('a', 'b'),
      ),
      '0/1',
      'Init:0/2',
      '0',
    ],
    [
      'the second of two init containers at work',
      podWith(
        {
          phase: 'Pending',
          initContainerStatuses: [
            status('a', ended(0, 'Completed')),
            status('b', waiting('PodInitializing')),
          ],
        },
        withInit('a', 'b'),
      ),
      '0/1',
      'Init:1/2',
      '0',
    ],
    [
      'an init container in a crash loop',
      podWith(
        {
          phase: 'Pending',
          initContainerStatuses: [status('a', waiting('CrashLoopBackOff'), restarted(4, 5))],
        },
        withInit('a'),
      ),
      '0/1',
      'Init:CrashLoopBackOff',
      '4 (5s ago)',
    ],
    [
      'an init container that failed with a reason',
      podWith(
        { phase: 'Failed', initContainerStatuses: [status('a', ended(1, 'Error'))] },
        withInit('a'),
      ),
      '0/1',
      'Init:Error',
      '0',
    ],
    [
      'an init container that failed with an exit code',
      podWith({ phase: 'Pending', initContainerStatuses: [status('a', ended(2))] }, withInit('a')),
      '0/1',
      'Init:ExitCode:2',
      '0',
    ],
    [
      'an init container killed by a signal',
      podWith(
        { phase: 'Pending', initContainerStatuses: [status('a', ended(137, '', 9))] },
        withInit('a'),
      ),
      '0/1',
      'Init:Signal:9',
      '0',
    ],
    [
      'after the init containers',
      podWith(
        {
          phase: 'Pending',
          initContainerStatuses: [status('a', ended(0, 'Completed'), restarted(7, 9))],
          containerStatuses: [status('web', waiting('PodInitializing'))],
        },
        withInit('a'),
      ),
      '0/1',
      'PodInitializing',
      '0',
    ],
    [
      'a sidecar counts as a container, its restarts too',
      podWith(
        {
          phase: 'Running',
          initContainerStatuses: [
            status('web', running, { started: true, ready: true, ...restarted(1, 60) }),
          ],
          containerStatuses: [status('main', running, restarted(2, 30))],
        },
        (one) => {
          if (one.spec) one.spec.initContainers = [sidecar]
        },
      ),
      '2/2',
      'Running',
      '3 (30s ago)',
    ],
    [
      'a sidecar that has not started holds the rest back',
      podWith(
        {
          phase: 'Pending',
          initContainerStatuses: [status('web', running, { started: false, ready: false })],
        },
        (one) => {
          if (one.spec) one.spec.initContainers = [sidecar]
        },
      ),
      '0/2',
      'Init:0/1',
      '0',
    ],
    [
      'a pod being deleted',
      podWith({ phase: 'Running', containerStatuses: [status('web', running)] }, deleting),
      '1/1',
      'Terminating',
      '0',
    ],
    [
      'a pod being deleted that has finished',
      podWith(
        { phase: 'Succeeded', containerStatuses: [status('web', ended(0, 'Completed'))] },
        deleting,
      ),
      '0/1',
      'Completed',
      '0',
    ],
    [
      'a pod being deleted on a lost node',
      podWith({ phase: 'Running', reason: 'NodeLost' }, deleting),
      '0/1',
      'Unknown',
      '0',
    ],
    [
      'restarts without a last end',
      podWith({
        phase: 'Running',
        containerStatuses: [status('web', running, { restartCount: 1 })],
      }),
      '1/1',
      'Running',
      '1',
    ],
  ]
  for (const [name, object, ready, word, restarts] of cases)
    it(`${name}: ${ready} ${word} ${restarts}`, () =>
      assert.deepEqual(row(pods, object, now), ['web', ready, word, restarts, '5m']))

  it('wide rows tell address, node, nomination and gates', () => {
    const wide = (one: Pod) => row(pods, one, now, true).slice(5)
    assert.deepEqual(wide(pod()), ['<none>', '<none>', '<none>', '<none>'])
    const placed = podWith(
      {
        podIP: '10.244.0.7',
        podIPs: [{ ip: '10.244.0.7' }],
        nominatedNodeName: 'two',
        conditions: [{ type: 'a', status: 'True' }],
      },
      ({ spec }) => {
        if (!spec) return
        spec.nodeName = 'one'
        spec.readinessGates = [{ conditionType: 'a' }, { conditionType: 'b' }]
      },
    )
    assert.deepEqual(wide(placed), ['10.244.0.7', 'one', 'two', '1/2'])
  })

  it('rows of finished pods say so', () => {
    assert.deepEqual(podRowConditions(podWith({ phase: 'Running' })), [])
    for (const phase of ['Succeeded', 'Failed'])
      assert.partialDeepStrictEqual(podRowConditions(podWith({ phase })), [
        { type: 'Completed', status: 'True', reason: phase },
      ])
  })
})
