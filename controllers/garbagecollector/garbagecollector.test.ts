import assert from 'node:assert/strict'
import type { KubernetesObject, OwnerReference } from '../../api/object.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import {
  ConfigMap,
  type DiscoveredKind,
  Event,
  type Kind,
  Namespace,
  Pod,
  Secret,
  startManager,
} from '../framework/index.ts'
import { MemoryCluster } from '../framework/memory-cluster.ts'
import { garbageCollector } from './index.ts'

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']
const kinds: DiscoveredKind[] = [ConfigMap, Secret, Pod, Namespace, Event].map((kind) => ({
  ...(kind as Kind),
  verbs,
}))

function owner(
  object: KubernetesObject | { metadata: { name?: string; uid?: string } },
  extra: Partial<OwnerReference> = {},
) {
  const { name = '', uid = '' } = object.metadata
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...extra }
}

async function setUp() {
  const clock = new VirtualClock()
  const random = seededRandom(7)
  const cluster = new MemoryCluster({ clock, random, kinds })
  const make = <T extends { metadata: object }>(
    kind: Kind<T>,
    name: string,
    ownerReferences: OwnerReference[] = [],
    more: object = {},
  ) =>
    cluster.create(kind as Kind, {
      metadata: { namespace: 'default', name, ownerReferences, ...more },
    }) as Promise<KubernetesObject>
  const names = async (kind: Kind<never> | Kind) =>
    (await cluster.list(kind as Kind)).items.map(({ metadata }) => metadata.name)
  const errors: unknown[] = []
  const start = async () => {
    const manager = startManager({
      cluster,
      clock,
      random,
      component: 'test',
      controllers: [],
      whileLeading: [garbageCollector({ onError: (error) => errors.push(error) })],
    })
    await manager.ready
    await clock.advance(0)
    return manager
  }
  return { clock, cluster, make, names, start, errors }
}

describe('garbage collector', () => {
  it('deletes dependents, and theirs, once their owner is gone', async () => {
    const { clock, cluster, make, names, start, errors } = await setUp()
    const manager = await start()
    const parent = await make(ConfigMap, 'parent')
    const child = await make(Secret, 'child', [owner(parent)])
    await make(Pod, 'grandchild', [owner(child, { kind: 'Secret' })])
    await clock.advance(5_000)
    assert.deepEqual(await names(Pod), ['grandchild'])
    await cluster.remove(ConfigMap, { namespace: 'default', name: 'parent' })
    await clock.advance(0)
    assert.deepEqual([...(await names(Secret)), ...(await names(Pod))], [])
    assert.deepEqual(errors, [])
    await manager.stop()
  })

  it('deletes what lost its owner while nobody looked', async () => {
    const { clock, make, names, start } = await setUp()
    await make(Secret, 'child', [owner({ metadata: { name: 'never', uid: 'never' } })])
    const manager = await start()
    await clock.advance(1_000)
    assert.deepEqual(await names(Secret), [])
    await manager.stop()
  })

  it('deletes a dependent whose owner was replaced by another of the same name', async () => {
    const { clock, make, names, start } = await setUp()
    await make(ConfigMap, 'parent')
    await make(Secret, 'child', [owner({ metadata: { name: 'parent', uid: 'an-older-one' } })])
    const manager = await start()
    await clock.advance(1_000)
    assert.deepEqual(await names(Secret), [])
    assert.deepEqual(await names(ConfigMap), ['parent'])
    await manager.stop()
  })

  it('takes an absent owner out where another remains', async () => {
    const { clock, cluster, make, start } = await setUp()
    const parent = await make(ConfigMap, 'parent')
    await make(Secret, 'child', [owner({ metadata: { name: 'gone', uid: 'gone' } }), owner(parent)])
    const manager = await start()
    await clock.advance(1_000)
    const child = await cluster.get(Secret, { namespace: 'default', name: 'child' })
    assert.deepEqual(child?.metadata.ownerReferences, [owner(parent)])
    await manager.stop()
  })

  it('deletes in the foreground: blocking dependents first, the owner last', async () => {
    const { clock, cluster, make, names, start } = await setUp()
    const manager = await start()
    const parent = await make(ConfigMap, 'parent')
    const child = await make(Secret, 'child', [owner(parent, { blockOwnerDeletion: true })])
    await make(Pod, 'grandchild', [owner(child, { kind: 'Secret', blockOwnerDeletion: true })], {
      finalizers: ['test/wait'],
    })
    await clock.advance(1_000)
    await cluster.remove(
      ConfigMap,
      { namespace: 'default', name: 'parent' },
      { propagationPolicy: 'Foreground' },
    )
    await clock.advance(1_000)
    assert.deepEqual(
      [await names(ConfigMap), await names(Secret), await names(Pod)],
      [['parent'], ['child'], ['grandchild']],
    )
    await cluster.patch(
      Pod,
      { namespace: 'default', name: 'grandchild' },
      { type: 'merge', body: { metadata: { finalizers: null } } },
    )
    await clock.advance(1_000)
    assert.deepEqual([await names(ConfigMap), await names(Secret), await names(Pod)], [[], [], []])
    await manager.stop()
  })

  it('orphans dependents where that was asked for', async () => {
    const { clock, cluster, make, names, start } = await setUp()
    const manager = await start()
    const parent = await make(ConfigMap, 'parent')
    await make(Secret, 'child', [owner(parent)])
    await clock.advance(1_000)
    await cluster.remove(
      ConfigMap,
      { namespace: 'default', name: 'parent' },
      { propagationPolicy: 'Orphan' },
    )
    await clock.advance(1_000)
    assert.deepEqual(await names(ConfigMap), [])
    const child = await cluster.get(Secret, { namespace: 'default', name: 'child' })
    assert.equal(child?.metadata.ownerReferences, undefined)
    await manager.stop()
  })

  it('ends a circle of owners that wait for each other', async () => {
    const { clock, cluster, make, names, start } = await setUp()
    const manager = await start()
    const a = await make(ConfigMap, 'a')
    const b = await make(ConfigMap, 'b', [owner(a, { blockOwnerDeletion: true })])
    await cluster.patch(
      ConfigMap,
      { namespace: 'default', name: 'a' },
      {
        type: 'merge',
        body: { metadata: { ownerReferences: [owner(b, { blockOwnerDeletion: true })] } },
      },
    )
    await clock.advance(1_000)
    await cluster.remove(
      ConfigMap,
      { namespace: 'default', name: 'a' },
      { propagationPolicy: 'Foreground' },
    )
    await clock.advance(10_000)
    assert.deepEqual(await names(ConfigMap), [])
    await manager.stop()
  })

  it('says so where an owner is in another namespace, and deletes the dependent', async () => {
    const { clock, cluster, make, names, start } = await setUp()
    const elsewhere = (await cluster.create(ConfigMap, {
      metadata: { namespace: 'other', name: 'parent' },
    })) as KubernetesObject
    const manager = await start()
    await make(Secret, 'child', [owner(elsewhere)])
    await clock.advance(2_000)
    assert.deepEqual(await names(Secret), [])
    const events = await cluster.list(Event)
    assert.deepEqual(
      events.items.map(({ reason }) => reason),
      ['OwnerRefInvalidNamespace'],
    )
    await manager.stop()
  })

  it('keeps what has an owner of a kind that is not served, without asking again and again', async () => {
    const { clock, cluster, make, names, start } = await setUp()
    const manager = await start()
    await make(Secret, 'child', [
      { apiVersion: 'example.com/v1', kind: 'Site', name: 'site', uid: 'site' },
    ])
    await clock.advance(600_000)
    assert.deepEqual(await names(Secret), ['child'])
    const gets = cluster.requests.filter((request) => request === 'get secrets default/child')
    assert.ok(gets.length <= 21, `${gets.length} reads in ten minutes`)
    await manager.stop()
  })

  it('does not delete what is served again after its kind had vanished', async () => {
    const { clock, cluster, make, names, start } = await setUp()
    const manager = await start()
    const parent = await make(ConfigMap, 'parent')
    await make(Secret, 'child', [owner(parent)])
    await clock.advance(1_000)
    cluster.serve(ConfigMap, false)
    cluster.cut(ConfigMap)
    await clock.advance(120_000)
    assert.deepEqual(await names(Secret), ['child'])
    cluster.serve(ConfigMap, true)
    await clock.advance(120_000)
    assert.deepEqual(await names(Secret), ['child'])
    await manager.stop()
  })
})
