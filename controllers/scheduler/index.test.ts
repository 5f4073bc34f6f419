import assert from 'node:assert/strict'
import type { Pod as PodObject } from '../../api/types.ts'
import { seededRandom } from '../../ports/random.ts'
import type { VirtualClock } from '../../ports/virtual-clock.ts'
import type { Fault } from '../../world/index.ts'
import { type IdleProcess, startIdleProcess } from '../../world/testing.ts'
import { ApiError, type Cluster, Event, Node, Pod } from '../framework/index.ts'
import { type RunningScheduler, startScheduler } from './index.ts'
import { nodeOf, podOf } from './lab.ts'

describe('scheduler', () => {
  let idle: IdleProcess
  let clock: VirtualClock
  let cluster: Cluster
  let scheduler: RunningScheduler
  let stop: AbortController
  let beforeBinding: () => Fault | undefined
  let beforeTelling: () => Fault | undefined
  let patches: number

  beforeEach(async () => {
    beforeBinding = () => undefined
    beforeTelling = () => undefined
    patches = 0
    idle = await startIdleProcess(({ verb, kind }) => {
      if (verb === 'patch' && kind?.plural === Pod.plural) {
        patches++
        return beforeTelling()
      }
      return verb === 'createSubresource' ? beforeBinding() : undefined
    })
    ;({ clock, cluster } = idle)
    stop = new AbortController()
    scheduler = startScheduler({
      cluster,
      clock,
      random: seededRandom(1),
      signal: stop.signal,
    })
    await settle()
    await scheduler.ready
  })
  afterEach(async () => {
    stop.abort(new Error('the test is over'))
    await settle()
    await scheduler.done
    await idle.close()
  })

  const settle = (ms = 100) => clock.advance(ms)
  /** A new node bears a taint until somebody says that it is ready. */
  const addNode = async (name: string, sketch = {}) => {
    await cluster.create(Node, nodeOf(name, sketch))
    const body = { spec: { taints: null } }
    await cluster.patch(Node, { name }, { type: 'merge', body })
  }
  const addPod = async (name: string, sketch = {}) => {
    const { uid: _, ...metadata } = podOf(name, sketch).metadata
    await cluster.create(Pod, { ...podOf(name, sketch), metadata })
  }
  const get = async (name: string): Promise<PodObject> => {
    const found = await cluster.get(Pod, { namespace: 'default', name })
    assert.ok(found)
    return found
  }
  const nodeNameOf = async (name: string) => (await get(name)).spec?.nodeName
  const events = async (reason: string) => {
    await settle(2000)
    const { items } = await cluster.list(Event)
    return items.filter((event) => event.reason === reason).map(({ message }) => message)
  }

  it('binds pods to nodes and says so', async () => {
    await addNode('n1')
    await addPod('p')
    await settle()
    assert.equal(await nodeNameOf('p'), 'n1')
    assert.deepEqual(await events('Scheduled'), ['Successfully assigned default/p to n1'])
  })

  it('leaves pods to other schedulers', async () => {
    await addNode('n1')
    await addPod('p', { schedulerName: 'mine' })
    await settle()
    assert.equal(await nodeNameOf('p'), undefined)
  })

  it('counts what it has just placed, before it sees it', async () => {
    await addNode('n1', { allocatable: { cpu: '2' } })
    idle.process.views.hold(Pod)
    for (const name of ['a', 'b', 'c']) await addPod(name, { requests: { cpu: '1' } })
    idle.process.views.release(Pod)
    await settle()
    const nodes = await Promise.all(['a', 'b', 'c'].map(nodeNameOf))
    assert.deepEqual(nodes, ['n1', 'n1', undefined])
  })

  it('tells why in condition and event, and places the pod when room is made', async () => {
    await addNode('n1', { allocatable: { cpu: '1' } })
    await addPod('first', { requests: { cpu: '1' } })
    await settle()
    await addPod('second', { requests: { cpu: '1' } })
    await settle()
    const message =
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.'
    const [condition] = (await get('second')).status?.conditions ?? []
    assert.deepEqual(
      [condition?.type, condition?.status, condition?.reason, condition?.message],
      ['PodScheduled', 'False', 'Unschedulable', message],
    )
    assert.deepEqual(await events('FailedScheduling'), [message])
    const first = { namespace: 'default', name: 'first' }
    await cluster.remove(Pod, first, { gracePeriodSeconds: 0 })
    await settle(1000)
    assert.equal(await nodeNameOf('second'), 'n1')
  })

  it('writes the same condition only once', async () => {
    await addPod('p')
    await settle()
    assert.equal(patches, 1)
    await clock.advance(900_000)
    assert.equal(patches, 1)
  })

  it('tells soon again what it could not tell', async () => {
    let failures = 1
    const error = new ApiError(500, 'InternalError', 'the store is away')
    beforeTelling = () => (failures-- > 0 ? { type: 'refuse', error } : undefined)
    await addPod('p')
    await settle()
    assert.deepEqual((await get('p')).status?.conditions ?? [], [])
    await settle(1000)
    assert.equal((await get('p')).status?.conditions?.[0]?.reason, 'Unschedulable')
    assert.equal(scheduler.measure().untold, 1)
  })

  it('does not say that a pod has no place when somebody else has given it one', async () => {
    await addPod('p')
    await settle()
    idle.process.views.hold(Pod)
    await cluster.create(Node, nodeOf('tainted'))
    const ref = { namespace: 'default', name: 'p' }
    const target = { apiVersion: 'v1', kind: 'Node', name: 'tainted' }
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: ref, target }
    await cluster.createSubresource(Pod, ref, 'binding', binding)
    await settle(10_000)
    assert.equal((await get('p')).status?.conditions?.[0]?.status, 'True')
  })

  it('gives a place back when binding fails, and tries again', async () => {
    await addNode('n1', { allocatable: { cpu: '1' } })
    let failures = 1
    const error = new ApiError(500, 'InternalError', 'the store is away')
    beforeBinding = () => (failures-- > 0 ? { type: 'refuse', error } : undefined)
    await addPod('p', { requests: { cpu: '1' } })
    await settle()
    assert.equal(await nodeNameOf('p'), undefined)
    assert.equal(
      (await get('p')).status?.conditions?.[0]?.message,
      'binding rejected: the store is away',
    )
    await settle(1000)
    assert.equal(await nodeNameOf('p'), 'n1')
  })

  it('forgets a pod that goes before it is bound', async () => {
    await addNode('n1', { allocatable: { cpu: '1' } })
    const error = new ApiError(404, 'NotFound', 'pods "p" not found')
    beforeBinding = () => ({ type: 'refuse', error })
    await addPod('p', { requests: { cpu: '1' } })
    await settle()
    beforeBinding = () => undefined
    await addPod('q', { requests: { cpu: '1' } })
    await settle()
    assert.equal(await nodeNameOf('q'), 'n1')
  })

  it('looks again when a node is uncordoned', async () => {
    await addNode('n1', { unschedulable: true })
    await addPod('p')
    await settle()
    assert.equal(await nodeNameOf('p'), undefined)
    await cluster.patch(
      Node,
      { name: 'n1' },
      { type: 'merge', body: { spec: { unschedulable: null } } },
    )
    await settle(1000)
    assert.equal(await nodeNameOf('p'), 'n1')
  })

  it('spreads pods of one controller evenly over a hundred nodes, never too many at once', async () => {
    for (let at = 0; at < 100; at++) await addNode(`n${at}`)
    let most = 0
    beforeBinding = () => {
      most = Math.max(most, scheduler.measure().writing)
      return undefined
    }
    idle.process.views.hold(Pod)
    for (let at = 0; at < 300; at++)
      await addPod(`p${at}`, { owner: 'rs', requests: { cpu: '100m' } })
    idle.process.views.release(Pod)
    await settle(2000)
    const { items } = await cluster.list(Pod)
    const perNode = new Map<string, number>()
    for (const { spec } of items)
      perNode.set(spec?.nodeName ?? '', (perNode.get(spec?.nodeName ?? '') ?? 0) + 1)
    assert.deepEqual([...new Set(perNode.values())], [3])
    assert.equal(perNode.size, 100)
    assert.ok(most <= 64, `${most} at once`)
  })
})
