import assert from 'node:assert/strict'
import type { KubernetesObject, OwnerReference } from '../../api/object.ts'
import { startWorld, type World } from '../../world/index.ts'
import {
  ApiError,
  ConfigMap,
  CustomResourceDefinition,
  Event,
  type Kind,
  kind,
  manifestOf,
  Namespace,
  object,
  Pod,
  Secret,
} from '../framework/index.ts'

function owner(
  object: { metadata: { name?: string; uid?: string } },
  extra: Partial<OwnerReference> = {},
): OwnerReference {
  const { name = '', uid = '' } = object.metadata
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...extra }
}

const waiting = { containers: [{ name: 'main', image: 'main' }] }

describe('garbage collector', () => {
  let world: World
  const start = async (collecting = true) => {
    world = await startWorld({
      builtIn: collecting ? ['garbage-collector'] : false,
      nodes: 0,
    })
  }
  afterEach(() => world.close())

  const make = (
    kind: Kind<never> | Kind,
    name: string,
    ownerReferences: OwnerReference[] = [],
    metadata: Partial<KubernetesObject['metadata']> = {},
  ) =>
    world.apply({
      apiVersion: 'v1',
      kind: kind.kind,
      metadata: { name, ownerReferences, ...metadata },
      ...(kind.kind === 'Pod' && { spec: waiting }),
    })
  const names = async (...kinds: (Kind<never> | Kind)[]) => {
    const all: (string | undefined)[] = []
    for (const kind of kinds)
      for (const { metadata } of await world.list(kind as Kind, { namespace: 'default' }))
        all.push(metadata.name)
    return all
  }

  it('deletes dependents, and theirs, once their owner is gone', async () => {
    await start()
    const parent = await make(ConfigMap, 'parent')
    const child = await make(Secret, 'child', [owner(parent)])
    await make(Pod, 'grandchild', [owner(child, { kind: 'Secret' })])
    await world.advance('5s')
    assert.deepEqual(await names(Pod), ['grandchild'])
    await world.remove(ConfigMap, 'parent')
    await world.advance(0)
    assert.deepEqual(await names(Secret, Pod), [])
  })

  it('knows the objects of a new kind as soon as that is served', async () => {
    await start()
    await world.advance('5s')
    const Ship = kind({ group: 'example.com', name: 'Ship' }).version('v1', { spec: object({}) })
    await world.cluster.create(CustomResourceDefinition, manifestOf(Ship))
    await world.advance('1s')
    const ship = await world.cluster.create(Ship, {
      apiVersion: 'example.com/v1',
      kind: 'Ship',
      metadata: { name: 'argo', namespace: 'default' },
      spec: {},
    })
    await make(Secret, 'child', [owner(ship, { apiVersion: 'example.com/v1', kind: 'Ship' })])
    await world.advance('1s')
    await world.remove(Ship, 'argo')
    await world.advance(0)
    assert.deepEqual(await names(Secret), [])
  })

  it('deletes what lost its owner while nobody looked', async () => {
    await start()
    const parent = await make(ConfigMap, 'parent')
    await make(Secret, 'child', [owner(parent)])
    const cut = world.cut(ConfigMap, 'built-in')
    await world.remove(ConfigMap, 'parent')
    await world.advance('1s')
    assert.deepEqual(await names(Secret), ['child'])
    await world.restart('built-in')
    await world.advance('1s')
    assert.deepEqual(await names(Secret), [])
    await cut.heal()
  })

  it('deletes a dependent whose owner was replaced by another of the same name', async () => {
    await start()
    await make(ConfigMap, 'parent')
    await make(Secret, 'child', [owner({ metadata: { name: 'parent', uid: 'an-older-one' } })])
    await world.advance('1s')
    assert.deepEqual(await names(Secret, ConfigMap), ['parent'])
  })

  it('takes an absent owner out where another remains', async () => {
    await start()
    const parent = await make(ConfigMap, 'parent')
    await make(Secret, 'child', [owner({ metadata: { name: 'gone', uid: 'gone' } }), owner(parent)])
    await world.advance('1s')
    const child = await world.get(Secret, 'child')
    assert.deepEqual(child.metadata.ownerReferences, [owner(parent)])
  })

  it('deletes in the foreground: blocking dependents first, the owner last', async () => {
    await start()
    const parent = await make(ConfigMap, 'parent')
    const child = await make(Secret, 'child', [owner(parent, { blockOwnerDeletion: true })])
    const references = [owner(child, { kind: 'Secret', blockOwnerDeletion: true })]
    await make(Pod, 'grandchild', references, { finalizers: ['example.com/wait'] })
    await world.remove(ConfigMap, 'parent', { propagationPolicy: 'Foreground' })
    await world.advance('1s')
    assert.deepEqual(await names(ConfigMap, Secret, Pod), ['parent', 'child', 'grandchild'])
    const free = { type: 'merge', body: { metadata: { finalizers: null } } } as const
    await world.cluster.patch(Pod, { namespace: 'default', name: 'grandchild' }, free)
    await world.advance('1s')
    assert.deepEqual(await names(ConfigMap, Secret, Pod), [])
    const gone = world.log.filter(({ type }) => type === 'deleted').map(({ ref }) => ref.name)
    assert.deepEqual(gone, ['grandchild', 'child', 'parent'])
  })

  it('orphans dependents where that was asked for', async () => {
    await start()
    await make(Secret, 'child', [owner(await make(ConfigMap, 'parent'))])
    await world.remove(ConfigMap, 'parent', { propagationPolicy: 'Orphan' })
    await world.advance('1s')
    assert.deepEqual(await names(ConfigMap), [])
    assert.equal((await world.get(Secret, 'child')).metadata.ownerReferences, undefined)
  })

  it('ends a circle of owners that wait for each other', async () => {
    await start()
    const a = await make(ConfigMap, 'a')
    const b = await make(ConfigMap, 'b', [owner(a, { blockOwnerDeletion: true })])
    await make(ConfigMap, 'a', [owner(b, { blockOwnerDeletion: true })])
    await world.remove(ConfigMap, 'a', { propagationPolicy: 'Foreground' })
    await world.advance('10s')
    assert.deepEqual(await names(ConfigMap), [])
  })

  it('says so where an owner is in another namespace, and deletes the dependent', async () => {
    await start()
    await world.cluster.create(Namespace, { metadata: { name: 'other' } })
    const elsewhere = await make(ConfigMap, 'parent', [], { namespace: 'other' })
    await make(Secret, 'child', [owner(elsewhere)])
    await world.advance('2s')
    assert.deepEqual(await names(Secret), [])
    const events = await world.list(Event)
    assert.deepEqual(
      events.map(({ reason }) => reason),
      ['OwnerRefInvalidNamespace'],
    )
  })

  it('keeps what has an owner of a kind that is not served, without asking again and again', async () => {
    await start()
    let reads = 0
    world.inject(({ verb, ref }) => {
      if (verb === 'get' && ref?.name === 'child') reads++
      return undefined
    })
    const site = { apiVersion: 'example.com/v1', kind: 'Site', name: 'site', uid: 'site' }
    await make(Secret, 'child', [site])
    await world.advance('10m')
    assert.deepEqual(await names(Secret), ['child'])
    assert.ok(reads > 0 && reads <= 21, `${reads} reads in ten minutes`)
  })

  it('does not delete what is served again after its kind had vanished', async () => {
    await start()
    await make(Secret, 'child', [owner(await make(ConfigMap, 'parent'))])
    const absent = new ApiError(404, 'NotFound', 'the server could not find the requested resource')
    const serve = world.inject(({ kind }) =>
      kind?.plural === ConfigMap.plural ? { type: 'refuse', error: absent } : undefined,
    )
    await world.cut(ConfigMap, 'built-in').heal('relist')
    await world.advance('2m')
    assert.deepEqual(await names(Secret), ['child'])
    serve()
    await world.advance('2m')
    assert.deepEqual(await names(Secret), ['child'])
    await world.remove(ConfigMap, 'parent')
    await world.advance('1s')
    assert.deepEqual(await names(Secret), [])
  })
})
