import assert from 'node:assert/strict'
import type { Pod } from '../../../controllers/framework/index.ts'
import type { ContainerDefinition, TaskDefinition } from '../task-definition/index.ts'
import type { Task, TaskStatus } from './kind.ts'
import { type Step, step } from './lifecycle.ts'
import { podOf } from './pod.ts'

const epoch = Date.parse('2026-01-01T00:00:00Z')
const at = (seconds: number) => epoch + seconds * 1000
const text = (seconds: number) => new Date(at(seconds)).toISOString().replace('.000', '')

const container = (more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: 'main',
  image: 'hello:v1',
  essential: true,
  startTimeout: 180,
  stopTimeout: 30,
  ...more,
})
const check = {
  command: ['CMD-SHELL', 'true'],
  interval: 10,
  timeout: 5,
  retries: 3,
  startPeriod: 0,
}

const definitionOf = (...containerDefinitions: ContainerDefinition[]): TaskDefinition => ({
  apiVersion: 'ecs.example.com/v1',
  kind: 'TaskDefinition',
  metadata: { name: 'web-1' },
  spec: {
    family: 'web',
    revision: 1,
    status: 'ACTIVE',
    cpu: '1024',
    memory: '512',
    containerDefinitions,
  },
})

const taskWith = (status: TaskStatus = {}, spec: Partial<Task['spec']> = {}): Task => ({
  apiVersion: 'ecs.example.com/v1',
  kind: 'Task',
  metadata: { name: 't', namespace: 'default', uid: 't', creationTimestamp: text(0) },
  spec: {
    taskDefinition: 'web:1',
    desiredStatus: 'RUNNING',
    ...spec,
  },
  status,
})

type State = NonNullable<
  NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]['state']
>

interface Sketch {
  phase?: string
  node?: string
  states?: Record<string, State>
  ready?: boolean
  reason?: string
  deleted?: boolean
}

const podWith = ({
  phase = 'Pending',
  node,
  states = {},
  ready,
  reason,
  deleted,
}: Sketch = {}): Pod => ({
  metadata: { name: 't', uid: 'pod', ...(deleted ? { deletionTimestamp: text(1) } : {}) },
  spec: { containers: [], ...(node ? { nodeName: node } : {}) },
  status: {
    phase,
    ...(reason ? { reason } : {}),
    conditions: node ? [{ type: 'PodScheduled', status: 'True', lastTransitionTime: text(0) }] : [],
    containerStatuses: Object.entries(states).map(([name, state]) => ({
      name,
      state,
      ready: ready ?? false,
      image: '',
      imageID: '',
      restartCount: 0,
    })),
  },
})

const running = (seconds = 0): State => ({ running: { startedAt: text(seconds) } })
const exited = (exitCode: number, reason = 'Error'): State => ({ terminated: { exitCode, reason } })
const waiting = (reason: string, message = 'no such image'): State => ({
  waiting: { reason, message },
})

/** The status that follows, without what did not change. */
const next = (task: Task, pod: Pod | undefined, definition: TaskDefinition, seconds = 0): Step =>
  step(task, pod, definition, at(seconds))

describe('the life of a task', () => {
  const one = definitionOf(container())

  it('tells the same of a run that was seen and of one that was only seen ended', () => {
    const run = (seconds: number, finished?: number): State =>
      finished === undefined
        ? running(seconds)
        : { terminated: { exitCode: 1, startedAt: text(seconds), finishedAt: text(finished) } }
    const seen = next(
      taskWith(),
      podWith({ node: 'n', phase: 'Running', states: { main: run(2) } }),
      one,
      50,
    )
    const gone = podWith({ node: 'n', phase: 'Failed', states: { main: run(2, 60) } })
    const after = next(taskWith(seen.status), gone, one, 61).status
    assert.deepEqual(next(taskWith(), gone, one, 61).status, after)
    assert.equal(after.startedAt, text(2))
    assert.equal(after.healthyAt, text(42))
    const short = podWith({ node: 'n', phase: 'Failed', states: { main: run(2, 41) } })
    assert.equal(next(taskWith(), short, one, 61).status.healthyAt, undefined)
  })

  it('begins with making its pod, once', () => {
    const first = next(taskWith(), undefined, one)
    assert.equal(first.pod, 'make')
    assert.equal(first.status.lastStatus, 'PROVISIONING')
    const after = next(taskWith({ lastStatus: 'PENDING', pod: 'pod' }), undefined, one)
    assert.equal(after.pod, 'leave')
    assert.equal(after.status.stopCode, 'TerminationNotice')
  })

  it('goes from PROVISIONING over PENDING to RUNNING', () => {
    const states: [Sketch, string][] = [
      [{}, 'PROVISIONING'],
      [{ node: 'n' }, 'PENDING'],
      [{ node: 'n', states: { main: waiting('ContainerCreating') } }, 'PENDING'],
      [{ node: 'n', phase: 'Running', states: { main: running() } }, 'RUNNING'],
    ]
    for (const [sketch, lastStatus] of states)
      assert.equal(next(taskWith(), podWith(sketch), one).status.lastStatus, lastStatus)
  })

  const stops: [
    rule: string,
    Sketch | undefined,
    stopCode: string,
    stoppedReason: RegExp,
    task?: Task,
  ][] = [
    [
      'an essential container that exits',
      { phase: 'Failed', node: 'n', states: { main: exited(1) } },
      'EssentialContainerExited',
      /^Essential container in task exited$/,
    ],
    [
      'an essential container that is killed for memory',
      { phase: 'Failed', node: 'n', states: { main: exited(137, 'OOMKilled') } },
      'EssentialContainerExited',
      /^OutOfMemoryError: Container killed due to memory usage$/,
    ],
    [
      'an image that cannot be pulled',
      { node: 'n', states: { main: waiting('ErrImagePull') } },
      'TaskFailedToStart',
      /^CannotPullContainerError: no such image$/,
    ],
    [
      'an image that is waited for',
      {
        node: 'n',
        states: {
          main: waiting(
            'ImagePullBackOff',
            'Back-off pulling image "a": ErrImagePull: no such image',
          ),
        },
      },
      'TaskFailedToStart',
      /^CannotPullContainerError: no such image$/,
    ],
    [
      'a container that cannot be made',
      { node: 'n', states: { main: waiting('CreateContainerConfigError', 'bad') } },
      'TaskFailedToStart',
      /^CannotCreateContainerError: bad$/,
    ],
    [
      'a container whose command does not exist',
      { node: 'n', phase: 'Failed', states: { main: exited(128, 'StartError') } },
      'TaskFailedToStart',
      /^CannotStartContainerError: StartError$/,
    ],
    ['a deleted pod', { node: 'n', deleted: true }, 'TerminationNotice', /was deleted$/],
    ['a refused pod', { phase: 'Failed', reason: 'OutOfcpu' }, 'TaskFailedToStart', /^OutOfcpu$/],
    [
      'an evicted pod',
      { phase: 'Failed', reason: 'Evicted', states: { main: exited(137) } },
      'TerminationNotice',
      /^Evicted$/,
      taskWith({ startedAt: text(0) }),
    ],
    [
      'a user',
      { node: 'n', phase: 'Running', states: { main: running() } },
      'UserInitiated',
      /^Task stopped by user$/,
      taskWith({}, { desiredStatus: 'STOPPED' }),
    ],
  ]
  for (const [rule, sketch, stopCode, stoppedReason, task = taskWith()] of stops)
    it(`is ended by ${rule}: ${stopCode}`, () => {
      const { status, pod } = next(task, sketch && podWith(sketch), one)
      assert.equal(status.lastStatus, 'DEPROVISIONING')
      assert.equal(status.stopCode, stopCode)
      assert.match(status.stoppedReason ?? '', stoppedReason)
      assert.equal(pod, 'leave', 'the reason is written down first')
    })

  it('is not ended by a container that is not essential', () => {
    const two = definitionOf(container(), container({ name: 'log', essential: false }))
    const pod = podWith({
      node: 'n',
      phase: 'Running',
      states: { main: running(), log: exited(0) },
    })
    assert.equal(next(taskWith(), pod, two).status.lastStatus, 'RUNNING')
  })

  it('removes what still runs and leaves what has ended, to be looked at', () => {
    const two = definitionOf(container(), container({ name: 'side' }))
    const ending = taskWith({
      lastStatus: 'DEPROVISIONING',
      pod: 'pod',
      stopCode: 'EssentialContainerExited',
    })
    const half = podWith({ phase: 'Running', states: { main: exited(3), side: running() } })
    assert.equal(next(ending, half, two).pod, 'remove')
    const whole = podWith({ phase: 'Failed', states: { main: exited(3), side: exited(0) } })
    const { status, pod } = next(ending, whole, two, 5)
    assert.equal(pod, 'leave')
    assert.equal(status.lastStatus, 'STOPPED')
    assert.equal(status.stoppedAt, text(5))
    assert.deepEqual(
      status.containers?.map(({ exitCode }) => exitCode),
      [3, 0],
    )
  })

  it('keeps the first reason and the exit codes when the pod is gone', () => {
    const ending = taskWith({
      lastStatus: 'DEPROVISIONING',
      pod: 'pod',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'main', lastStatus: 'STOPPED', exitCode: 7 }],
    })
    const { status } = next(ending, undefined, one)
    assert.equal(status.lastStatus, 'STOPPED')
    assert.equal(status.stopCode, 'EssentialContainerExited')
    assert.deepEqual(status.containers, [{ name: 'main', lastStatus: 'STOPPED', exitCode: 7 }])
    assert.deepEqual(next(taskWith(status), undefined, one).status, status, 'and stays so')
  })

  it('gives a start up after startTimeout, counted from when it has a node', () => {
    const slow = definitionOf(container({ startTimeout: 60 }))
    const pod = podWith({ node: 'n', states: { main: waiting('ContainerCreating') } })
    const patient = next(taskWith(), pod, slow, 59)
    assert.equal(patient.status.lastStatus, 'PENDING')
    assert.equal(patient.again, at(60))
    const { status } = next(taskWith(), pod, slow, 60)
    assert.equal(status.stopCode, 'TaskFailedToStart')
    assert.match(status.stoppedReason ?? '', /^ContainerRuntimeTimeoutError: .* after waiting 60s$/)
    assert.equal(next(taskWith(), podWith(), slow, 9999).status.lastStatus, 'PROVISIONING')
  })

  it('waits a minute for its definition', () => {
    assert.deepEqual(step(taskWith(), undefined, undefined, at(1)).again, at(60))
    const { status } = step(taskWith(), undefined, undefined, at(60))
    assert.equal(status.stopCode, 'TaskFailedToStart')
    assert.match(status.stoppedReason ?? '', /TaskDefinition web:1 not found/)
  })
})

describe('the health of a task', () => {
  const checked = definitionOf(container({ healthCheck: check }))
  const pod = (ready: boolean) =>
    podWith({ node: 'n', phase: 'Running', states: { main: running() }, ready })

  it('is what its checks say', () => {
    const { status } = next(taskWith(), pod(true), checked, 3)
    assert.equal(status.healthStatus, 'HEALTHY')
    assert.equal(status.healthyAt, text(3))
  })

  it('is UNKNOWN until the retries are over, then UNHEALTHY', () => {
    const waiting = next(taskWith(), pod(false), checked, 34)
    assert.equal(waiting.status.healthStatus, 'UNKNOWN')
    assert.equal(waiting.again, at(35), 'three times ten seconds, and five for the last one')
    assert.equal(next(taskWith(), pod(false), checked, 35).status.healthStatus, 'UNHEALTHY')
  })

  it('is taken for good after 40 seconds where nothing checks it', () => {
    const started = taskWith({ startedAt: text(0), lastStatus: 'RUNNING', pod: 'pod' })
    const unchecked = definitionOf(container())
    assert.equal(next(started, pod(true), unchecked, 39).status.healthyAt, undefined)
    assert.equal(next(started, pod(true), unchecked, 39).again, at(40))
    assert.equal(next(started, pod(true), unchecked, 40).status.healthyAt, text(40))
  })
})

describe('the pod of a task', () => {
  const resourcesOf = (...containers: ContainerDefinition[]) =>
    podOf(taskWith(), definitionOf(...containers)).spec?.containers?.map(
      ({ resources }) => resources,
    )

  it('starts nothing twice and waits for the longest stopTimeout', () => {
    const { spec } = podOf(
      taskWith(),
      definitionOf(container(), container({ name: 'side', stopTimeout: 90 })),
    )
    assert.equal(spec?.restartPolicy, 'Never')
    assert.equal(spec?.terminationGracePeriodSeconds, 90)
  })

  it('shares what is left among those that ask for nothing', () => {
    assert.deepEqual(
      resourcesOf(
        container({ cpu: 512, memory: 128 }),
        container({ name: 'b' }),
        container({ name: 'c' }),
      ),
      [
        { requests: { cpu: '500m', memory: '128Mi' }, limits: { cpu: '1000m', memory: '128Mi' } },
        { requests: { cpu: '250m', memory: '192Mi' }, limits: { cpu: '1000m', memory: '512Mi' } },
        { requests: { cpu: '250m', memory: '192Mi' }, limits: { cpu: '1000m', memory: '512Mi' } },
      ],
    )
  })

  it('keeps memoryReservation and limits memory', () => {
    assert.deepEqual(resourcesOf(container({ memory: 256, memoryReservation: 64 })), [
      { requests: { cpu: '1000m', memory: '64Mi' }, limits: { cpu: '1000m', memory: '256Mi' } },
    ])
  })

  it('says CMD and CMD-SHELL as commands', () => {
    const probe = (command: string[]) =>
      podOf(taskWith(), definitionOf(container({ healthCheck: { ...check, command } }))).spec
        ?.containers?.[0]?.readinessProbe?.exec?.command
    assert.deepEqual(probe(['CMD', 'test', '-e', '/x']), ['test', '-e', '/x'])
    assert.deepEqual(probe(['CMD-SHELL', 'test -e /x']), ['/bin/sh', '-c', 'test -e /x'])
  })
})
