/** That no run acts on a view older than what this process has written, or may have written. */

import assert from 'node:assert/strict'
import type { ConfigMap as ConfigMapObject, Secret as SecretObject } from '../../api/types.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { startWorld } from '../../world/index.ts'
import {
  ApiError,
  ConfigMap,
  ConnectionError,
  type Controller,
  controller,
  controllerReference,
  type Reconciled,
  type Scope,
  Secret,
  startManager,
} from './index.ts'
import { MemoryCluster } from './memory-cluster.ts'
import { withoutSafeguard } from './safeguards.ts'

const parent = (data: Record<string, string> = {}): ConfigMapObject => ({
  metadata: { namespace: 'default', name: 'parent' },
  data,
})

/** Makes one child of a name that the server chooses, unless it sees one. */
const making = (scope?: Scope) =>
  controller(ConfigMap)
    .owns(Secret, scope)
    .reconcile(async (owner, { read, create }) => {
      if (read(Secret).ownedBy(owner.metadata.uid!).length > 0) return
      await create(Secret, {
        metadata: {
          namespace: 'default',
          generateName: 'child-',
          ownerReferences: [controllerReference(ConfigMap, owner)],
        },
      } as SecretObject)
    })

function setUp() {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  /** What becomes of the next create of a Secret. */
  let trouble: 'lose' | 'fail' | undefined
  const cluster = new MemoryCluster({ clock, random })
  const create = cluster.create.bind(cluster)
  cluster.create = (async (kind: never, object: never, options: never) => {
    const now = (kind as { kind: string }).kind === 'Secret' ? trouble : undefined
    if (now) trouble = undefined
    const stored = await create(kind, object, options)
    if (now === 'lose') throw new ConnectionError('no answer')
    if (now === 'fail') throw new ApiError(504, 'Timeout', 'it took too long')
    return stored
  }) as never
  const ended: Reconciled[] = []
  const run = async (...controllers: Controller[]) => {
    const manager = startManager({
      cluster,
      controllers,
      clock,
      random,
      component: 'test',
      preflight: false,
    })
    manager.reconciles$.subscribe((one) => ended.push(one))
    await clock.advance(0)
    await manager.ready
    return manager
  }
  /** Changes the parent, which runs it. */
  const touch = async (text: string) => {
    await cluster.update(ConfigMap, parent({ text }))
    await clock.advance(2_000)
  }
  const children = async () => (await cluster.list(Secret)).items.length
  const next = (what: typeof trouble) => {
    trouble = what
  }
  return { clock, cluster, run, touch, children, next, ended }
}

describe('own writes', () => {
  for (const how of ['lose', 'fail'] as const)
    it(`that may have been done (${how}) are looked for before the key runs again`, async () => {
      const { clock, cluster, run, touch, children, next } = setUp()
      const manager = await run(making())
      cluster.hold(Secret)
      next(how)
      await cluster.create(ConfigMap, parent())
      await clock.advance(1_000)
      await touch('1')
      await touch('2')
      assert.equal(await children(), 1)
      cluster.release(Secret)
      await touch('3')
      assert.equal(await children(), 1)
      await manager.stop()
    })

  it('that were not done after all hold nothing up', async () => {
    const { clock, cluster, run, children } = setUp()
    let refusals = 3
    const create = cluster.create.bind(cluster)
    cluster.create = (async (kind: never, object: never) => {
      if ((kind as { kind: string }).kind === 'Secret' && refusals-- > 0)
        throw new ConnectionError('no connection')
      return create(kind, object)
    }) as never
    const manager = await run(making())
    await cluster.create(ConfigMap, parent())
    await clock.advance(1_000)
    assert.equal(await children(), 1)
    await manager.stop()
  })

  it('are waited for until the cluster can be asked again', async () => {
    const { clock, cluster, run, touch, children, next } = setUp()
    const list = cluster.list.bind(cluster)
    let down = false
    cluster.list = (async (kind: never, options: never) => {
      if (down) throw new ConnectionError('no connection')
      return list(kind, options)
    }) as never
    const manager = await run(making())
    cluster.hold(Secret)
    next('lose')
    down = true
    await cluster.create(ConfigMap, parent())
    await clock.advance(60_000)
    await touch('1')
    down = false
    await touch('2')
    assert.equal(await children(), 1)
    cluster.release(Secret)
    await clock.advance(60_000)
    assert.equal(await children(), 1)
    await manager.stop()
  })

  it('are waited for as long as a watch is silent', async () => {
    const { clock, cluster, run, touch, children } = setUp()
    const manager = await run(making())
    cluster.hold(Secret)
    await cluster.create(ConfigMap, parent())
    await clock.advance(0)
    for (let turn = 0; turn < 10; turn++) {
      await touch(String(turn))
      await clock.advance(10_000)
    }
    assert.equal(await children(), 1)
    cluster.release(Secret)
    await manager.stop()
  })

  it('that no informer will ever see are not waited for', async () => {
    const { clock, cluster, run, ended } = setUp()
    const manager = await run(
      controller(ConfigMap)
        .owns(Secret, { labelSelector: 'seen=yes' })
        .reconcile(async (owner, { read, create }) => {
          if (owner.data?.text || read(Secret).list().length > 0) return
          await create(Secret, { metadata: { namespace: 'default', name: 'unseen' } })
        }),
    )
    await cluster.create(ConfigMap, parent())
    await clock.advance(0)
    await cluster.update(ConfigMap, parent({ text: '1' }))
    await clock.advance(9_999)
    assert.equal(ended.length, 1)
    await clock.advance(10_001)
    assert.equal(ended.length, 2)
    await manager.stop()
  })

  it('that an informer of a part will see are waited for, whatever was written after them', async () => {
    const { clock, cluster, run, ended } = setUp()
    const manager = await run(
      controller(ConfigMap)
        .owns(Secret, { labelSelector: 'seen=yes' })
        .reconcile(async (owner, { create }) => {
          if (owner.data?.text) return
          const labels = { seen: 'yes' }
          await create(Secret, { metadata: { namespace: 'default', name: 'seen', labels } })
          await create(Secret, { metadata: { namespace: 'default', name: 'unseen' } })
        }),
    )
    cluster.hold(Secret)
    await cluster.create(ConfigMap, parent())
    await clock.advance(0)
    await cluster.update(ConfigMap, parent({ text: '1' }))
    await clock.advance(60_000)
    assert.equal(ended.length, 1)
    cluster.release(Secret)
    await clock.advance(20_000)
    assert.equal(ended.length, 2)
    await manager.stop()
  })

  it('are not waited for when their kind is gone', async () => {
    const { clock, cluster, run, ended } = setUp()
    const manager = await run(
      controller(ConfigMap)
        .owns(Secret)
        .reconcile(async (owner, { create }) => {
          if (owner.data?.text) return
          await create(Secret, { metadata: { namespace: 'default', name: 'child' } })
        }),
    )
    cluster.hold(Secret)
    await cluster.create(ConfigMap, parent())
    await clock.advance(0)
    cluster.serve(Secret, false)
    cluster.cut(Secret, new ConnectionError('cut'))
    await cluster.update(ConfigMap, parent({ text: '1' }))
    await clock.advance(30_000)
    assert.equal(ended.length, 2)
    await manager.stop()
  })

  it('that take an object out of the seen part are waited for, since its going will be told', async () => {
    const { clock, cluster, run, ended } = setUp()
    const labels = { seen: 'yes' }
    await cluster.create(Secret, { metadata: { namespace: 'default', name: 'child', labels } })
    const manager = await run(
      controller(ConfigMap)
        .owns(Secret, { labelSelector: 'seen=yes' })
        .reconcile(async (_, { read, update }) => {
          const child = read(Secret).get('default', 'child')
          if (!child) return
          await update(Secret, { ...child, metadata: { ...child.metadata, labels: {} } })
        }),
    )
    cluster.hold(Secret)
    await cluster.create(ConfigMap, parent())
    await clock.advance(0)
    await cluster.update(ConfigMap, parent({ text: '1' }))
    await clock.advance(60_000)
    assert.deepEqual(
      ended.map(({ writes }) => writes),
      [1],
    )
    cluster.release(Secret)
    await clock.advance(10_000)
    assert.deepEqual(
      ended.map(({ writes, error }) => [writes, error]),
      [
        [1, undefined],
        [0, undefined],
      ],
    )
    await manager.stop()
  })

  it('are done twice in a world without parking', async () => {
    const { clock, cluster, run, touch, children } = setUp()
    const manager = await run(making())
    cluster.hold(Secret)
    await withoutSafeguard('parking', async () => {
      await cluster.create(ConfigMap, parent())
      await clock.advance(0)
      await touch('1')
    })
    assert.ok((await children()) > 1)
    await manager.stop()
  })

  it('runs again when what it made is gone before anybody saw it', async () => {
    await using world = await startWorld({ controllers: [making()], builtIn: false, nodes: 0 })
    const cut = world.cut(Secret)
    await world.apply({ ...parent(), apiVersion: 'v1', kind: 'ConfigMap' })
    await world.advance('1s')
    const [child] = await world.list(Secret)
    await world.remove(Secret, child!.metadata.name!)
    await world.advance('1s')
    await cut.heal('relist')
    await world.converge()
    assert.equal((await world.list(Secret)).length, 1)
  })
})
