import assert from 'node:assert/strict'
import type { Container, Pod } from '../../api/types.ts'
import { Event as EventKind, Pod as PodKind } from '../../controllers/framework/index.ts'
import type { ContainerResources } from '../runtime/runtime.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import { container, Stage } from './stage.ts'

const second = 1000
const minute = 60 * second

type Amounts = NonNullable<Container['resources']>

/** The same amounts for requests and limits. */
const exactly = (cpu: string, memory: string): Amounts => ({
  requests: { cpu, memory },
  limits: { cpu, memory },
})
const restartFor = (...names: string[]) =>
  names.map((resourceName) => ({ resourceName, restartPolicy: 'RestartContainer' }))

describe('resizing pods', () => {
  let stage: Stage
  /** What the runtime was told, newest last. */
  let updates: [name: string, resources: ContainerResources][]
  beforeEach(async () => {
    stage = new Stage()
    updates = []
    const { updateResources } = stage.runtime
    stage.runtime.updateResources = async (id, resources) => {
      updates.push([(await stage.runtime.container(id)).name, resources])
      return updateResources(id, resources)
    }
    await stage.start()
  })
  afterEach(() => stage.close())

  /** As the API server does it through `/resize`. */
  const resize = async (amounts: Record<string, Amounts>, name = 'web') => {
    const pod = structuredClone(stage.pod(name))
    for (const one of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])])
      one.resources = amounts[one.name] ?? one.resources
    pod.metadata.generation = (pod.metadata.generation ?? 1) + 1
    await stage.cluster.update(PodKind, pod)
    await stage.pass(0)
  }
  const conditionOf = (type: string, name = 'web') =>
    stage.pod(name).status?.conditions?.find((one) => one.type === type)
  const events = () =>
    stage.cluster
      .all(EventKind)
      .filter(({ reason }) => reason?.startsWith('Resize'))
      .map(({ reason, message }) => [reason, message])
  const sized = (resources: Amounts, changes: Partial<Container> = {}): Partial<Pod['spec']> => ({
    containers: [container('main', { resources, ...changes })],
  })

  it('shows with how much containers run from the first', async () => {
    await stage.create({ ...sized(exactly('100m', '64Mi')) })
    const { resources, allocatedResources } = stage.container()
    assert.deepEqual(resources, exactly('100m', '64Mi'))
    assert.deepEqual(allocatedResources, { cpu: '100m', memory: '64Mi' })
    await stage.create({}, { name: 'plain' })
    assert.deepEqual(stage.container('main', 'plain').resources, {})
  })

  it('changes what runs, without a restart', async () => {
    await stage.create({ ...sized(exactly('100m', '64Mi')) })
    const { containerID } = stage.container()
    await resize({ main: exactly('200m', '128Mi') })
    const status = stage.container()
    assert.deepEqual([status.containerID, status.restartCount], [containerID, 0])
    assert.deepEqual(status.resources, exactly('200m', '128Mi'))
    assert.deepEqual(status.allocatedResources, { cpu: '200m', memory: '128Mi' })
    const [[name, { cpuQuota, cpuShares, memoryLimit }]] = updates as [(typeof updates)[0]]
    assert.deepEqual([name, cpuQuota, cpuShares, memoryLimit], ['main', 20_000, 204, 128 << 20])
    assert.equal(updates.length, 1)
    assert.equal(conditionOf('PodResizeInProgress'), undefined)
    assert.equal(stage.pod().status?.observedGeneration, 2)
    const summary = JSON.stringify({
      containers: [
        {
          name: 'main',
          resources: {
            limits: { cpu: '200m', memory: '128Mi' },
            requests: { cpu: '200m', memory: '128Mi' },
          },
        },
      ],
      generation: 2,
    })
    assert.deepEqual(events(), [
      ['ResizeStarted', `Pod resize started: ${summary}`],
      ['ResizeCompleted', `Pod resize completed: ${summary}`],
    ])
  })

  it('does nothing about the same amounts in other words', async () => {
    await stage.create({ ...sized(exactly('100m', '64Mi')) })
    await resize({ main: exactly('0.1', '65536Ki') })
    assert.deepEqual(updates, [])
    assert.deepEqual(events(), [])
  })

  it('restarts containers that asked for it, and those alone', async () => {
    await stage.create({
      containers: [
        container('a', { resources: exactly('1', '64Mi'), resizePolicy: restartFor('memory') }),
        container('b', { resources: exactly('1', '64Mi'), resizePolicy: restartFor('memory') }),
      ],
    })
    await resize({ a: exactly('1', '128Mi'), b: exactly('500m', '64Mi') })
    await stage.pass(minute)
    const [a, b] = [stage.container('a'), stage.container('b')]
    assert.deepEqual([a.restartCount, b.restartCount], [1, 0])
    assert.deepEqual(a.resources, exactly('1', '128Mi'))
    assert.deepEqual(
      updates.map(([name]) => name),
      ['b'],
    )
    assert.equal(conditionOf('PodResizeInProgress'), undefined)
    const killing = stage.cluster.all(EventKind).find(({ reason }) => reason === 'Killing')
    assert.equal(killing?.message, 'Container a resize requires restart')
  })

  it('restarts for a resize what would not be restarted for its end', async () => {
    const main = { resources: exactly('1', '64Mi'), resizePolicy: restartFor('cpu') }
    await stage.create({ restartPolicy: 'OnFailure', containers: [container('main', main)] })
    await resize({ main: exactly('2', '64Mi') })
    await stage.pass(minute)
    assert.equal(stage.pod().status?.phase, 'Running')
    assert.deepEqual(stage.container().resources, exactly('2', '64Mi'))
    assert.equal(stage.container().restartCount, 1)
  })

  it('resizes sidecars as it does containers', async () => {
    const sidecar = { restartPolicy: 'Always', resources: exactly('100m', '64Mi') }
    await stage.create({ initContainers: [container('side', sidecar)] })
    await resize({ side: exactly('200m', '64Mi') })
    assert.deepEqual(stage.container('side').resources, exactly('200m', '64Mi'))
  })

  it('refuses what the node can never hold, and keeps what runs', async () => {
    await stage.create({ ...sized(exactly('1', '64Mi')) })
    await resize({ main: exactly('5', '64Mi') })
    const { reason, message, status, observedGeneration } = conditionOf('PodResizePending') ?? {}
    assert.deepEqual([status, reason, observedGeneration], ['True', 'Infeasible', 2])
    assert.equal(message, "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000")
    assert.deepEqual(stage.container().resources, exactly('1', '64Mi'))
    assert.deepEqual(stage.container().allocatedResources, { cpu: '1', memory: '64Mi' })
    assert.deepEqual(updates, [])
    await stage.pass(10 * minute)
    assert.deepEqual(
      events().map(([one]) => one),
      ['ResizeInfeasible'],
    )
    await resize({ main: exactly('1', '64Mi') })
    assert.equal(conditionOf('PodResizePending'), undefined)
  })

  it('waits for room, and takes it as soon as another pod is gone', async () => {
    await stage.create({ ...sized(exactly('1', '64Mi')) })
    await stage.create({ ...sized(exactly('2', '64Mi')) }, { name: 'other' })
    await resize({ main: exactly('3', '64Mi') })
    assert.equal(conditionOf('PodResizePending')?.reason, 'Deferred')
    assert.equal(
      conditionOf('PodResizePending')?.message,
      "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000",
    )
    await stage.cluster.remove(PodKind, { namespace: 'default', name: 'other' })
    await stage.pass(second)
    assert.equal(conditionOf('PodResizePending'), undefined)
    assert.deepEqual(stage.container().resources, exactly('3', '64Mi'))
  })

  it('takes the room that another pod gives back by its own resize', async () => {
    await stage.create({ ...sized(exactly('1', '64Mi')) })
    await stage.create({ ...sized(exactly('2', '64Mi')) }, { name: 'other' })
    await resize({ main: exactly('3', '64Mi') })
    await resize({ main: exactly('1', '64Mi') }, 'other')
    await stage.pass(second)
    assert.deepEqual(stage.container().resources, exactly('3', '64Mi'))
  })

  it('counts what a pod was granted, not what it asks for, against others', async () => {
    await stage.create({ ...sized(exactly('1', '64Mi')) })
    await resize({ main: exactly('5', '64Mi') })
    await stage.create({ ...sized(exactly('3', '64Mi')) }, { name: 'other' })
    assert.equal(stage.pod('other').status?.phase, 'Running')
  })

  it('says what keeps it, and tries again', async () => {
    await stage.create({ ...sized(exactly('1', '64Mi')) })
    const { updateResources } = stage.runtime
    stage.runtime.updateResources = () => Promise.reject(new RuntimeError('other', 'no cgroup'))
    await resize({ main: exactly('2', '64Mi') })
    const { reason, message } = conditionOf('PodResizeInProgress') ?? {}
    assert.deepEqual([reason, message], ['Error', 'no cgroup'])
    assert.deepEqual(stage.container().resources, exactly('1', '64Mi'))
    assert.deepEqual(stage.container().allocatedResources, { cpu: '2', memory: '64Mi' })
    stage.runtime.updateResources = updateResources
    await stage.pass(minute)
    assert.equal(conditionOf('PodResizeInProgress'), undefined)
    assert.deepEqual(stage.container().resources, exactly('2', '64Mi'))
    assert.deepEqual(
      events().map(([one]) => one),
      ['ResizeStarted', 'ResizeError', 'ResizeCompleted'],
    )
  })

  it('does not take away memory that is in use', async () => {
    stage.runtime.usage = async () =>
      (await stage.runtime.containers()).map(({ id }) => ({
        containerId: id,
        at: 0,
        cpuNanoseconds: 0,
        workingSetBytes: 50 << 20,
        memoryBytes: 60 << 20,
        writableBytes: 0,
      }))
    await stage.create({ ...sized(exactly('1', '64Mi')) })
    await resize({ main: exactly('1', '32Mi') })
    assert.equal(
      conditionOf('PodResizeInProgress')?.message,
      'attempting to set container "main" memory limit (33554432) below current usage (52428800)',
    )
    assert.deepEqual(updates, [])
  })

  it('goes on after a restart of the agent with what was granted before', async () => {
    await stage.create({ ...sized(exactly('1', '64Mi')) })
    await resize({ main: exactly('2', '64Mi') })
    await resize({ main: exactly('5', '64Mi') })
    await stage.node.close()
    updates.length = 0
    await stage.start()
    await stage.pass(minute)
    assert.equal(conditionOf('PodResizePending')?.reason, 'Infeasible')
    assert.deepEqual(stage.container().resources, exactly('2', '64Mi'))
    assert.deepEqual(updates, [])
    await resize({ main: exactly('3', '64Mi') })
    assert.deepEqual(stage.container().resources, exactly('3', '64Mi'))
  })
})
