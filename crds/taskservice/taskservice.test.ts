import assert from 'node:assert/strict'
import { type KubernetesObject, kindKey, Pod } from '../../controllers/framework/index.ts'
import { startWorld, type World } from '../../world/index.ts'
import { TaskService } from './service/kind.ts'
import { Task } from './task/kind.ts'
import { TaskDefinition, TaskFamily } from './task-definition/kind.ts'
import { taskService } from './task-service.ts'

const apiVersion = 'ecs.example.com/v1'
const main = (more: object = {}) => ({ name: 'main', image: 'hello:v1', ...more })
const absent = { image: 'registry.invalid/hello:v1' }
const simulated = (annotation: string, value: string) => ({
  dockerLabels: { [`tiphys.dev/simulated-${annotation}`]: value },
})
const check = { command: ['CMD-SHELL', 'true'], interval: 5 }

const family = (more: object = {}) => ({
  apiVersion,
  kind: 'TaskFamily',
  metadata: { name: 'web' },
  spec: { containerDefinitions: [main(more)] },
})
const definition = (revision: number, more: object = {}) => ({
  apiVersion,
  kind: 'TaskDefinition',
  metadata: { name: `web-${revision}` },
  spec: { family: 'web', revision, containerDefinitions: [main(more)] },
})
const task = (spec: object = {}) => ({
  apiVersion,
  kind: 'Task',
  metadata: { name: 'once' },
  spec: { taskDefinition: 'web:1', ...spec },
})
const service = (spec: object = {}) => ({
  apiVersion,
  kind: 'TaskService',
  metadata: { name: 'web' },
  spec: { taskDefinition: 'web:1', desiredCount: 2, ...spec },
})

describe('task services', () => {
  let world: World
  beforeEach(async () => {
    world = await startWorld(taskService)
  })
  afterEach(() => world?.close())

  const settle = async (...objects: KubernetesObject[]) => {
    for (const object of objects) await world.apply(object)
    await world.converge()
  }

  describe('a task definition', () => {
    it('is registered by its family: each change is the next revision', async () => {
      await settle(family())
      await settle(family({ image: 'hello:v2' }))
      const revisions = await world.list(TaskDefinition)
      assert.deepEqual(
        revisions.map(({ spec }) => [spec.revision, spec.containerDefinitions[0]?.image]),
        [
          [1, 'hello:v1'],
          [2, 'hello:v2'],
        ],
      )
      assert.equal((await world.get(TaskFamily, 'web')).status?.taskDefinition, 'web:2')
    })

    it('never changes, but for becoming INACTIVE', async () => {
      await settle(definition(1))
      await assert.rejects(
        world.apply(definition(1, { image: 'hello:v2' })),
        /a task definition never changes: register a new revision/,
      )
      const inactive = definition(1)
      await world.apply({ ...inactive, spec: { ...inactive.spec, status: 'INACTIVE' } })
      await assert.rejects(
        world.apply({ ...inactive, spec: { ...inactive.spec, status: 'ACTIVE' } }),
      )
    })

    it('is called after its family and revision', async () => {
      for (const name of ['web', 'web-2', 'web-01', 'wet-1'])
        await assert.rejects(
          world.apply({ ...definition(1), metadata: { name } }),
          /its name must be FAMILY-REVISION/,
        )
    })

    it('has an essential container', async () => {
      await assert.rejects(world.apply(definition(1, { essential: false })), /is essential/)
    })

    it('tells its family when somebody else has taken its number', async () => {
      await settle(definition(1, { image: 'other:v1' }))
      await settle(family())
      const { status } = await world.get(TaskFamily, 'web')
      assert.equal(status?.conditions?.[0]?.reason, 'RevisionTaken')
    })
  })

  describe('a task', () => {
    it('runs once, tells how it ended, and is gone after an hour', async () => {
      await settle(definition(1, simulated('exit', '3@10s')), task())
      const { status } = await world.get(Task, 'once')
      assert.equal(status?.lastStatus, 'STOPPED')
      assert.equal(status.stopCode, 'EssentialContainerExited')
      assert.equal(status.stoppedReason, 'Essential container in task exited')
      assert.deepEqual(status.containers, [{ name: 'main', lastStatus: 'STOPPED', exitCode: 3 }])
      assert.equal((await world.list(Pod)).length, 1, 'with its logs')
      await world.advance('58m')
      assert.ok(await world.find(Task, 'once'))
      await world.advance('3m')
      assert.equal(await world.find(Task, 'once'), undefined)
      assert.deepEqual(await world.list(Pod), [])
    })

    it('says why it could not start, also when its pod is gone', async () => {
      await settle(definition(1, absent), task())
      const { status } = await world.get(Task, 'once')
      assert.equal(status?.stopCode, 'TaskFailedToStart')
      assert.match(status.stoppedReason ?? '', /^CannotPullContainerError: .*registry\.invalid/)
      assert.deepEqual(await world.list(Pod), [])
    })

    it('is stopped by its user, and does not start again', async () => {
      await settle(definition(1), task())
      assert.equal((await world.get(Task, 'once')).status?.lastStatus, 'RUNNING')
      await settle(task({ desiredStatus: 'STOPPED', stoppedReason: 'enough' }))
      const { status } = await world.get(Task, 'once')
      assert.equal(status?.lastStatus, 'STOPPED')
      assert.equal(status.stopCode, 'UserInitiated')
      assert.equal(status.stoppedReason, 'enough')
      assert.deepEqual(await world.list(Pod), [])
      await assert.rejects(
        world.apply(task({ desiredStatus: 'RUNNING' })),
        /a stopped task does not start again/,
      )
    })

    it('never gets a second pod', async () => {
      await settle(definition(1), task())
      await world.remove(Pod, 'once')
      await world.converge()
      const { status } = await world.get(Task, 'once')
      assert.equal(status?.stopCode, 'TerminationNotice')
      assert.deepEqual(await world.list(Pod), [])
      const made = world.log.filter(({ kind, type }) => kind.kind === 'Pod' && type === 'created')
      assert.equal(made.length, 1)
    })

    it('is not ended by an old view, in which it has no pod yet', async () => {
      await settle(definition(1), task())
      await world.restart('controllers', { asOf: { [kindKey(Pod)]: 0 } })
      await world.advance('30s')
      assert.equal((await world.get(Task, 'once')).status?.lastStatus, 'RUNNING')
      await world.views().catchUp()
      await world.converge()
      assert.equal((await world.get(Task, 'once')).status?.lastStatus, 'RUNNING')
    })

    it('may be applied before its definition', async () => {
      await world.apply(task({ taskDefinition: 'web' }))
      await world.advance('10s')
      await settle(definition(1))
      const { status } = await world.get(Task, 'once')
      assert.equal(status?.lastStatus, 'RUNNING')
      assert.equal(status.taskDefinition, 'web:1')
    })

    it('is given up a minute after, when there is none', async () => {
      await settle(task())
      await world.advance('61s')
      assert.match(
        (await world.get(Task, 'once')).status?.stoppedReason ?? '',
        /TaskDefinition web:1 not found/,
      )
    })
  })

  describe('a service', () => {
    const status = async () => (await world.get(TaskService, 'web')).status
    const messages = async () => ((await status())?.events ?? []).map(({ message }) => message)
    const tasks = async () =>
      (await world.list(Task)).filter(({ status }) => status?.lastStatus !== 'STOPPED')
    const breaker = (rollback: boolean) => ({
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback } },
    })

    it('starts what is desired and reaches a steady state', async () => {
      await settle(definition(1), service())
      const { runningCount, deployments, events } = (await status()) ?? {}
      assert.equal(runningCount, 2)
      assert.equal(deployments?.[0]?.rolloutState, 'COMPLETED')
      assert.equal(events?.[0]?.message, '(service web) has reached a steady state.')
      assert.match(
        events?.at(-1)?.message ?? '',
        /^\(service web\) has started 2 tasks: \(task web-\w+\) \(task web-\w+\)\.$/,
      )
    })

    it('scales, and replaces what ends', async () => {
      await settle(definition(1), service({ desiredCount: 3 }))
      await settle(service({ desiredCount: 1 }))
      const [left, ...others] = await tasks()
      assert.deepEqual(others, [])
      assert.ok((await messages()).some((message) => /has stopped 2 running tasks/.test(message)))
      const stopped = (await world.list(Task)).find(({ status }) => status?.stopCode)
      assert.match(
        stopped?.status?.stoppedReason ?? '',
        /^Scaling activity initiated by \(deployment ecs-svc/,
      )
      await world.remove(Pod, left?.metadata.name ?? '')
      await world.converge()
      const [next] = await tasks()
      assert.notEqual(next?.metadata.name, left?.metadata.name)
      assert.equal(next?.status?.lastStatus, 'RUNNING')
    })

    it('follows its family to the latest revision that is ACTIVE', async () => {
      await settle(family(), service({ taskDefinition: 'web' }))
      await settle(family({ image: 'hello:v2' }))
      assert.deepEqual(
        (await tasks()).map(({ spec }) => spec.taskDefinition),
        ['web:2', 'web:2'],
      )
      const latest = await world.get(TaskDefinition, 'web-2')
      await settle({
        apiVersion,
        kind: 'TaskDefinition',
        metadata: { name: 'web-2' },
        spec: { ...latest.spec, status: 'INACTIVE' },
      })
      assert.deepEqual(
        (await tasks()).map(({ spec }) => spec.taskDefinition),
        ['web:1', 'web:1'],
      )
    })

    it('rolls back when three tasks in a row have failed, and stays there', async () => {
      await settle(definition(1), definition(2, absent), service(breaker(true)))
      const before = (await tasks()).map(({ metadata }) => metadata.name)
      await settle(service({ taskDefinition: 'web:2', ...breaker(true) }))
      const [primary, failed] = (await status())?.deployments ?? []
      assert.equal(primary?.taskDefinition, 'web:1')
      assert.equal(primary?.rolloutState, 'COMPLETED')
      assert.equal(failed?.taskDefinition, 'web:2')
      assert.equal(failed?.status, 'INACTIVE')
      assert.equal(failed?.rolloutState, 'FAILED')
      assert.ok((failed?.failedTasks ?? 0) >= 3)
      assert.equal(
        failed?.rolloutStateReason,
        'ECS deployment circuit breaker: tasks failed to start.',
      )
      assert.deepEqual(
        (await tasks()).map(({ metadata }) => metadata.name),
        before,
        'those that ran all the time',
      )
      const told = await messages()
      assert.ok(told.some((message) => /rolling back to deployment ecs-svc/.test(message)))
      const tried = (await world.list(Task)).length
      await world.advance('10m')
      assert.equal((await world.list(Task)).length, tried, 'nothing is tried again')
      await world.advance('1h')
      const { failedTasks, rolloutState } = (await status())?.deployments?.[1] ?? {}
      assert.equal(failedTasks, failed?.failedTasks, 'also when those tasks are gone')
      assert.equal(rolloutState, 'FAILED')
    })

    it('tries what has failed again when it is asked for anew', async () => {
      await settle(definition(1), definition(2, absent), service(breaker(true)))
      await settle(service({ taskDefinition: 'web:2', ...breaker(true) }))
      const tried = (await world.list(Task)).length
      await settle(service({ taskDefinition: 'web:2', forceNewDeployment: 'b', ...breaker(true) }))
      assert.ok((await world.list(Task)).length >= tried + 3)
      assert.equal((await status())?.deployments?.[0]?.taskDefinition, 'web:1')
      await settle(service(breaker(true)))
      assert.equal((await status())?.deployments?.length, 1)
    })

    it('stalls without rollback, and keeps what runs', async () => {
      await settle(definition(1), definition(2, absent), service(breaker(false)))
      await settle(service({ taskDefinition: 'web:2', ...breaker(false) }))
      const [primary, old] = (await status())?.deployments ?? []
      assert.equal(primary?.taskDefinition, 'web:2')
      assert.equal(primary?.rolloutState, 'FAILED')
      assert.equal(old?.status, 'ACTIVE')
      assert.equal((await status())?.runningCount, 2)
    })

    it('tries on and on without a circuit breaker, ever more slowly', async () => {
      await settle(definition(1, absent))
      await world.apply(service({ desiredCount: 1 }))
      await world.advance('10s')
      const soon = (await world.list(Task)).length
      assert.ok(soon >= 3 && soon <= 5, `${soon}`)
      await world.advance('10m')
      assert.ok((await world.list(Task)).length <= 12)
      assert.ok(
        (await messages()).includes(
          '(service web) is unable to consistently start tasks successfully.',
        ),
      )
    })

    it('stops and replaces what its health checks fail', async () => {
      const never = { healthCheck: check, ...simulated('ready', 'never') }
      await settle(definition(1, never))
      await world.apply(service({ desiredCount: 1, ...breaker(false) }))
      await world.advance('10m')
      const [first] = await world.list(Task)
      assert.equal(first?.status?.stoppedReason, 'Task failed container health checks')
      assert.equal((await status())?.deployments?.[0]?.rolloutState, 'FAILED')
    })

    it('says when its bounds leave no way', async () => {
      const deploymentConfiguration = { minimumHealthyPercent: 50, maximumPercent: 150 }
      const narrow = { desiredCount: 1, deploymentConfiguration }
      await settle(definition(1), definition(2), service(narrow))
      await settle(service({ ...narrow, taskDefinition: 'web:2' }))
      assert.match(
        (await messages())[0] ?? '',
        /^\(service web\) was unable to stop or start tasks/,
      )
      await assert.rejects(
        world.apply(
          service({ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }),
        ),
        /cannot both be 100/,
      )
    })

    it('drains when it is deleted: gone when its tasks have stopped', async () => {
      await settle(definition(1, simulated('stop', '5s')), service())
      await world.remove(TaskService, 'web')
      await world.advance('1s')
      assert.equal((await status())?.status, 'DRAINING')
      await world.converge()
      assert.equal(await world.find(TaskService, 'web'), undefined)
      assert.deepEqual(await world.list(Pod), [])
    })

    it('keeps twenty of its stopped tasks', async () => {
      await settle(definition(1), service({ desiredCount: 25 }))
      await settle(service({ desiredCount: 0 }))
      assert.equal((await world.list(Task)).length, 20)
    })

    it('waits for its definition', async () => {
      await settle(service())
      const { conditions } = (await status()) ?? {}
      assert.equal(conditions?.[0]?.reason, 'TaskDefinitionNotFound')
      await settle(definition(1))
      assert.equal((await status())?.runningCount, 2)
    })
  })
})
