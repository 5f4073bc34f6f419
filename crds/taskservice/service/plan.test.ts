import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Task, TaskStatus } from '../task/index.ts'
import { boundsOf } from './bounds.ts'
import { failuresOf, notBefore, threshold } from './circuit-breaker.ts'
import type { Deployment, TaskService } from './kind.ts'
import { planOf } from './plan.ts'
import { isRunning, stays, takesPlace } from './tasks.ts'

const epoch = Date.parse('2026-01-01T00:00:00Z')
const text = (seconds: number) => new Date(epoch + seconds * 1000).toISOString()
const breaker = { enable: false, rollback: false }

const serviceOf = (desiredCount: number, minimumHealthyPercent = 100, maximumPercent = 200) =>
  ({
    metadata: { name: 'web', uid: 'web' },
    spec: {
      taskDefinition: 'web',
      desiredCount,
      deploymentConfiguration: {
        minimumHealthyPercent,
        maximumPercent,
        deploymentCircuitBreaker: breaker,
      },
    },
  }) as TaskService

const deployment = (id = 'new', more: Partial<Deployment> = {}): Deployment => ({
  id,
  status: 'PRIMARY',
  taskDefinition: 'web:1',
  desiredCount: 0,
  runningCount: 0,
  pendingCount: 0,
  failedTasks: 0,
  rolloutState: 'IN_PROGRESS',
  rolloutStateReason: '',
  createdAt: text(0),
  updatedAt: text(0),
  ...more,
})

let tasks = 0
const taskOf = (
  startedBy: string,
  status: TaskStatus,
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING',
) =>
  ({
    metadata: { name: `t${tasks++}`, creationTimestamp: text(0) },
    spec: { taskDefinition: 'web:1', startedBy, desiredStatus },
    status,
  }) as Task
const healthy: TaskStatus = { lastStatus: 'RUNNING', healthyAt: text(1) }
const pending: TaskStatus = { lastStatus: 'PENDING' }
const some = (count: number, startedBy: string, status: TaskStatus) =>
  Array.from({ length: count }, () => taskOf(startedBy, status))
const counts = (service: TaskService, tasks: Task[], throttled = false) => {
  const { start, stop } = planOf(service, deployment(), tasks, throttled)
  return [start, stop.length]
}

describe('bounds of a deployment', () => {
  const cases: [desired: number, minimum: number, maximum: number, lower: number, upper: number][] =
    [
      [4, 50, 200, 2, 8],
      [3, 50, 150, 2, 4],
      [1, 50, 150, 1, 1],
      [1, 100, 200, 1, 2],
      [10, 33, 111, 4, 11],
      [0, 100, 200, 0, 0],
    ]
  for (const [desired, minimum, maximum, lower, upper] of cases)
    it(`${minimum} % to ${maximum} % of ${desired} is ${lower} to ${upper}`, () => {
      const configuration = {
        minimumHealthyPercent: minimum,
        maximumPercent: maximum,
        deploymentCircuitBreaker: breaker,
      }
      assert.deepEqual(boundsOf(desired, configuration), { lower, upper })
    })
})

describe('what a service does next', () => {
  it('starts what is missing', () => {
    assert.deepEqual(counts(serviceOf(3), []), [3, 0])
    assert.deepEqual(counts(serviceOf(3), some(1, 'new', pending)), [2, 0])
    assert.deepEqual(counts(serviceOf(3), [], true), [0, 0])
  })

  it('stops what is too much, what runs last', () => {
    const many = [...some(2, 'new', healthy), ...some(2, 'new', pending)]
    const { stop } = planOf(serviceOf(2), deployment(), many, false)
    assert.deepEqual(
      stop.map(({ task }) => task.status?.lastStatus),
      ['PENDING', 'PENDING'],
    )
  })

  it('starts new ones up to maximumPercent, and stops old ones when new ones are healthy', () => {
    assert.deepEqual(counts(serviceOf(4), some(4, 'old', healthy)), [4, 0])
    assert.deepEqual(counts(serviceOf(4, 100, 150), some(4, 'old', healthy)), [2, 0])
    const half = [...some(4, 'old', healthy), ...some(2, 'new', healthy)]
    assert.deepEqual(counts(serviceOf(4, 100, 150), half), [0, 2])
  })

  it('stops old ones first where only minimumHealthyPercent leaves room', () => {
    assert.deepEqual(counts(serviceOf(4, 50, 100), some(4, 'old', healthy)), [0, 2])
  })

  it('stops what is UNHEALTHY', () => {
    const sick = taskOf('new', { ...healthy, healthStatus: 'UNHEALTHY' })
    const { stop } = planOf(serviceOf(1), deployment(), [sick], false)
    assert.equal(stop[0]?.reason, 'Task failed container health checks')
  })

  it('does nothing for a failed deployment, and says when the bounds leave no way', () => {
    const old = some(2, 'old', healthy)
    const failed = deployment('new', { rolloutState: 'FAILED' })
    assert.deepEqual(planOf(serviceOf(2), failed, old, false), {
      start: 0,
      stop: [],
      blocked: false,
    })
    const narrow = serviceOf(1, 50, 150)
    assert.equal(planOf(narrow, deployment(), some(1, 'old', healthy), false).blocked, true)
  })

  it('never plans out of bounds', () => {
    const status: fc.Arbitrary<TaskStatus> = fc.constantFrom(
      {},
      pending,
      { lastStatus: 'RUNNING' },
      healthy,
      { ...healthy, healthStatus: 'UNHEALTHY' },
      { lastStatus: 'DEPROVISIONING' },
      { lastStatus: 'STOPPED' },
    )
    const task = fc
      .tuple(fc.constantFrom('new', 'old', 'older'), status, fc.constantFrom('RUNNING', 'STOPPED'))
      .map(([by, is, wanted]) => taskOf(by, is, wanted as 'RUNNING'))
    fc.assert(
      fc.property(
        fc.nat(12),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 100, max: 200 }),
        fc.array(task, { maxLength: 30 }),
        (desired, minimum, maximum, tasks) => {
          const service = serviceOf(desired, minimum, maximum)
          const { lower, upper } = boundsOf(desired, service.spec.deploymentConfiguration)
          const { start, stop } = planOf(service, deployment(), tasks, false)
          const inPlace = tasks.filter(takesPlace).length
          if (start > 0) assert.ok(inPlace + start <= upper, 'starts above the upper bound')
          const serving = tasks.filter((one) => stays(one) && isRunning(one))
          const left = serving.filter((one) => !stop.some(({ task }) => task === one))
          if (left.length < serving.length)
            assert.ok(left.length >= lower, 'stops below the lower bound')
        },
      ),
    )
  })
})

describe('the circuit breaker', () => {
  it('trips at half of what is desired, at 3 to 200', () => {
    assert.deepEqual(
      [0, 1, 6, 7, 25, 400, 401, 1000].map(threshold),
      [3, 3, 3, 4, 13, 200, 200, 200],
    )
  })

  const failed = (seconds: number, more: TaskStatus = {}) =>
    taskOf('new', {
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppingAt: text(seconds),
      ...more,
    })

  it('counts failures in a row: one healthy task begins the count anew', () => {
    const failures = (...tasks: Task[]) => failuresOf(deployment(), tasks).length
    const exited = failed(2, { stopCode: 'EssentialContainerExited' })
    assert.equal(failures(failed(1), exited), 2)
    assert.equal(
      failures(failed(1), failed(3), taskOf('new', { ...healthy, healthyAt: text(2) })),
      1,
    )
    assert.equal(failures(failed(1, { stopCode: 'UserInitiated' })), 0)
    assert.equal(failures(failed(-1)), 0, 'from before it began')
    assert.equal(failures(taskOf('old', failed(1).status!)), 0, 'of another deployment')
    const ran = failed(5, { stopCode: 'EssentialContainerExited', healthyAt: text(4) })
    assert.equal(failures(ran), 0, 'it had been healthy')
  })

  it('waits twice as long after each round of failures, 27 minutes at most', () => {
    const after = (count: number, desired: number) =>
      notBefore(
        Array.from({ length: count }, () => failed(10)),
        desired,
      ) -
      epoch -
      10_000
    assert.deepEqual(
      [after(1, 1), after(2, 1), after(5, 1), after(50, 1)],
      [1000, 2000, 16_000, 1_620_000],
    )
    assert.deepEqual([after(4, 4), after(5, 4)], [1000, 2000])
    assert.equal(notBefore([], 1), -Infinity)
  })
})
