/** Tasks and services in ECS's words on real containers, with stock kubectl. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod } from '../../api/types.ts'
import type { Deployment, TaskService } from '../../crds/taskservice/service/kind.ts'
import type { Task } from '../../crds/taskservice/task/kind.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { type RunningControllers, runControllers } from './controllers.ts'
import { LoadLoop } from './observe.ts'

const sample = readFileSync(
  join(import.meta.dirname, '../../crds/taskservice/manifests/sample.yaml'),
  'utf8',
)

describe('task services on a real cluster', () => {
  let cluster: TestCluster
  let controllers: RunningControllers
  let url: string

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster({ storage: 'sqlite' })
    controllers = await runControllers(cluster, 'taskservice')
    url = `http://${cluster.nodeAddress}:30082/`
    await cluster.apply(sample)
    await steadyOn('web:1')
  })
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
      console.error(controllers.log)
    await controllers?.stop()
    await cluster?.reset()
  })

  const primary = ({ status }: TaskService): Deployment | undefined => status?.deployments?.[0]
  const steadyOn = (taskDefinition: string) =>
    cluster.waitUntil<TaskService>(
      'taskservice/web',
      (service) =>
        primary(service)?.taskDefinition === taskDefinition &&
        primary(service)?.rolloutState === 'COMPLETED' &&
        service.status?.conditions?.[0]?.status === 'True',
      { timeoutSeconds: 120 },
    )
  const register = (image: string) =>
    cluster.kubectl([
      'patch',
      'taskfamily/web',
      '--type=json',
      '-p',
      JSON.stringify([{ op: 'replace', path: '/spec/containerDefinitions/0/image', value: image }]),
    ])
  const runningPods = async () =>
    (await cluster.get<{ items: Pod[] }>('pods -l ecs.example.com/service=web')).items
      .filter(({ metadata, status }) => !metadata.deletionTimestamp && status?.phase === 'Running')
      .map(({ metadata }) => metadata.name)

  it('speaks to kubectl get, explain and describe', async () => {
    assert.match(
      await cluster.kubectl(['get', 'tsvc']),
      /^NAME +STATUS +DESIRED +RUNNING +PENDING +DEFINITION +ROLLOUT +AGE\nweb +ACTIVE +2 +2 +0 +web:1 +COMPLETED/,
    )
    assert.match(await cluster.kubectl(['get', 'tasks']), /web-\w{10} +web:1 +RUNNING +HEALTHY/)
    assert.match(
      await cluster.kubectl(['explain', 'taskservice.spec.deploymentConfiguration']),
      /Of desiredCount, rounded up/,
    )
    assert.match(
      await cluster.kubectl(['describe', 'taskservice', 'web']),
      /\(service web\) has reached a steady state\./,
    )
  })

  it('rolls the next revision of its family out, and answers all the time', async () => {
    const load = new LoadLoop(url, { workers: 2 })
    await register('hello:v2')
    await steadyOn('web:2')
    await load.stop()
    assert.deepEqual(load.failures, [])
    assert.ok([...load.answers.keys()].some((answer) => /v1/.test(answer)))
    assert.ok([...load.answers.keys()].some((answer) => /v2/.test(answer)))
    assert.match(
      await cluster.kubectl(['get', 'taskdefinitions']),
      /web-1 +web +1 +ACTIVE[\s\S]*web-2 +web +2 +ACTIVE/,
    )
  })

  it('trips on an image that is not there, says why, and rolls back', async () => {
    const before = await runningPods()
    await register('localhost/none:v3')
    const { status } = await cluster.waitUntil<TaskService>(
      'taskservice/web',
      ({ status }) => status?.deployments?.some((one) => one.rolloutState === 'FAILED') ?? false,
      { timeoutSeconds: 120 },
    )
    assert.equal(status?.deployments?.[0]?.taskDefinition, 'web:2')
    await steadyOn('web:2')
    assert.deepEqual(await runningPods(), before, 'those that answered go on')
    const { items } = await cluster.get<{ items: Task[] }>('tasks')
    const started = items.filter(({ spec }) => spec.taskDefinition === 'web:3')
    const failed = started.filter(({ status }) => status?.stopCode === 'TaskFailedToStart')
    assert.ok(failed.length >= 3)
    for (const { status } of failed)
      assert.match(status?.stoppedReason ?? '', /^CannotPullContainerError: .*none:v3/)
    // Tasks are started two at a time: the breaker trips at the third failure, and whichever has not failed by then is
    // stopped with its deployment.
    const others = started.filter((task) => !failed.includes(task))
    for (const { status } of others) {
      assert.equal(status?.stopCode, 'ServiceSchedulerInitiated')
      assert.match(status?.stoppedReason ?? '', /^Scaling activity initiated by/)
    }
    assert.match(
      await cluster.kubectl(['describe', 'taskservice', 'web']),
      /rolling back to deployment ecs-svc\/\d+\./,
    )
  })

  it('scales with kubectl scale', async () => {
    await cluster.kubectl(['scale', 'taskservice/web', '--replicas=1'])
    await cluster.waitFor('taskservice/web', 'jsonpath={.status.runningCount}=1')
  })

  it('runs a task once and keeps how it ended, with its logs', async () => {
    await cluster.apply(definition('job', ['sh', '-c', 'echo done; exit 3']))
    await cluster.apply(task('job'))
    await cluster.waitFor('task/job', 'jsonpath={.status.lastStatus}=STOPPED')
    const { status } = await cluster.get<Task>('task/job')
    assert.equal(status?.stopCode, 'EssentialContainerExited')
    assert.equal(status.containers?.[0]?.exitCode, 3)
    assert.match(await cluster.kubectl(['logs', 'job']), /done/)
  })

  it('tells who was killed for memory', async () => {
    const eat = 'x=0123456789abcdef; while :; do x="$x$x"; done'
    await cluster.apply(definition('hungry', ['sh', '-c', eat], { memory: 16 }))
    await cluster.apply(task('hungry'))
    await cluster.waitFor('task/hungry', 'jsonpath={.status.lastStatus}=STOPPED')
    const { status } = await cluster.get<Task>('task/hungry')
    assert.equal(
      status?.containers?.[0]?.reason,
      'OutOfMemoryError: Container killed due to memory usage',
    )
  })

  it('refuses to change a revision', async () => {
    const patch = JSON.stringify({ spec: { cpu: '512' } })
    const args = ['patch', 'taskdefinition/web-1', '--type=merge', '-p', patch]
    const { code, stderr } = await cluster.tryKubectl(args)
    assert.notEqual(code, 0)
    assert.match(stderr, /a task definition never changes: register a new revision/)
  })

  it('drains when it is deleted', async () => {
    await cluster.kubectl(['delete', 'taskservice', 'web'])
    assert.deepEqual(await runningPods(), [])
  })

  const definition = (family: string, command: string[], more: object = {}) => ({
    apiVersion: 'ecs.example.com/v1',
    kind: 'TaskDefinition',
    metadata: { name: `${family}-1` },
    spec: {
      family,
      revision: 1,
      containerDefinitions: [{ name: 'main', image: 'hello:v1', command, ...more }],
    },
  })
  const task = (name: string) => ({
    apiVersion: 'ecs.example.com/v1',
    kind: 'Task',
    metadata: { name },
    spec: { taskDefinition: `${name}:1` },
  })
})
