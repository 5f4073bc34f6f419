import assert from 'node:assert/strict'
import type { ConfigMap as ConfigMapObject } from '../../api/types.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { ApiError, type Cluster, ConnectionError, type WatchEvent } from './cluster.ts'
import { Informers } from './informer.ts'
import { ConfigMap } from './kinds.ts'
import { MemoryCluster } from './memory-cluster.ts'
import { projected } from './projection.ts'
import { reflect } from './reflector.ts'
import { Subject } from './streams.ts'

type Ask = { verb: string; kind: string }

function setUp(intercept?: (ask: Ask) => void) {
  const clock = new VirtualClock()
  const random = seededRandom(3)
  const cluster = new MemoryCluster({ clock, random, ...(intercept ? { intercept } : {}) })
  const make = (name: string, more: Partial<ConfigMapObject> = {}) =>
    cluster.create(ConfigMap, { metadata: { namespace: 'default', name }, ...more })
  const remove = (name: string) => cluster.remove(ConfigMap, { namespace: 'default', name })
  return { clock, random, cluster, make, remove }
}

async function follow(
  under: ReturnType<typeof setUp>,
  options: { pageSize?: number; idleTimeout?: number } = {},
) {
  const { cluster, clock, random } = under
  const log: string[] = []
  const stop = new AbortController()
  const times: [number, string][] = []
  const done = reflect({
    cluster,
    kind: ConfigMap,
    clock,
    random,
    signal: stop.signal,
    ...options,
    sink: {
      replaced: (objects) =>
        log.push(`replaced ${objects.map(({ metadata }) => metadata.name).join(' ')}`.trim()),
      changed: (type, { metadata }) => log.push(`${type} ${metadata.name}`),
      progressed: (version) => log.push(`progressed ${version}`),
      state: ({ name }) => {
        log.push(name)
        times.push([clock.monotonic(), name])
      },
    },
  })
  await clock.advance(0)
  const take = () => log.splice(0)
  return { take, times, stop: () => stop.abort(), done }
}

describe('reflector', () => {
  it('lists in pages, then watches from there', async () => {
    const under = setUp()
    for (const name of ['a', 'b', 'c']) await under.make(name)
    const reflector = await follow(under, { pageSize: 2 })
    assert.deepEqual(reflector.take(), ['connecting', 'syncing', 'replaced a b c', 'live'])
    await under.make('d')
    await under.remove('a')
    assert.deepEqual(reflector.take(), ['upsert d', 'gone a'])
    assert.deepEqual(
      under.cluster.requests.filter((request) => request.startsWith('list')),
      ['list configmaps', 'list configmaps'],
    )
    reflector.stop()
    await reflector.done
    assert.deepEqual(reflector.take(), ['stopped'])
    assert.equal(under.cluster.watches(ConfigMap), 0)
    await under.clock.advance(1_000_000)
    assert.equal(under.clock.next(), undefined, 'no timer is left')
  })

  it('resumes a watch that the server ended, without a gap and without listing', async () => {
    const under = setUp()
    const reflector = await follow(under)
    reflector.take()
    await under.clock.advance(5_000)
    under.cluster.cut(ConfigMap)
    await under.make('a')
    await under.clock.advance(0)
    assert.deepEqual(reflector.take(), ['live', 'upsert a'])
    assert.equal(under.cluster.requests.filter((one) => one.startsWith('list')).length, 1)
    reflector.stop()
  })

  it('resumes a watch that broke, after a pause, and says that it is degraded meanwhile', async () => {
    const under = setUp()
    const reflector = await follow(under)
    reflector.take()
    under.cluster.cut(ConfigMap, new ConnectionError('cut'))
    await under.make('a')
    await under.clock.advance(0)
    assert.deepEqual(reflector.take(), ['degraded'])
    await under.clock.advance(200)
    assert.deepEqual(reflector.take(), ['live', 'upsert a'])
    reflector.stop()
  })

  it('lists again when its history is gone, and tells what went meanwhile', async () => {
    const under = setUp()
    await under.make('a')
    await under.make('b')
    const reflector = await follow(under)
    reflector.take()
    under.cluster.hold(ConfigMap)
    await under.remove('a')
    await under.make('c')
    under.cluster.compact()
    under.cluster.cut(ConfigMap, new ConnectionError('cut'))
    under.cluster.release(ConfigMap)
    await under.clock.advance(200)
    assert.deepEqual(reflector.take(), ['degraded', 'syncing', 'replaced b c', 'live'])
    reflector.stop()
  })

  it('tells again what could not be taken in, and is degraded until then', async () => {
    const under = setUp()
    let broken = true
    const Keys = projected(ConfigMap, ({ metadata, data }) => {
      if (metadata.name === 'b' && broken) throw new Error('no keys')
      return { keys: Object.keys(data ?? {}) }
    })
    const informer = new Informers(under).of(Keys)
    const seen: string[] = []
    informer.changes$.subscribe(({ type, object }) => seen.push(`${type} ${object.metadata.name}`))
    await under.clock.advance(0)
    await under.make('a')
    await under.make('b')
    await under.make('c')
    await under.clock.advance(5_000)
    assert.deepEqual(seen, ['added a'])
    assert.equal(informer.state.name, 'degraded')
    broken = false
    await under.clock.advance(30_000)
    assert.deepEqual(seen, ['added a', 'added b', 'added c'])
    assert.equal(informer.state.name, 'live')
  })

  it('takes a 410 inside a running watch for the same', async () => {
    const under = setUp()
    await under.make('a')
    const reflector = await follow(under)
    await under.clock.advance(1_000)
    reflector.take()
    under.cluster.cut(ConfigMap, new ApiError(410, 'Expired', 'too old'))
    await under.clock.advance(0)
    assert.deepEqual(reflector.take(), ['syncing', 'replaced a', 'live'])
    reflector.stop()
  })

  it('does not list at once what is always gone as soon as it was listed', async () => {
    const under = setUp()
    const reflector = await follow(under)
    for (let turn = 0; turn < 50; turn++) {
      under.cluster.cut(ConfigMap, new ApiError(410, 'Expired', 'too old'))
      await under.clock.advance(20)
    }
    const lists = under.cluster.requests.filter((one) => one.startsWith('list')).length
    assert.ok(lists < 12, `${lists} lists in a second`)
    reflector.stop()
  })

  it('doubles its pauses while the server is away, and forgets them once connected', async () => {
    let down = true
    const under = setUp(({ verb }) => {
      if (down && verb !== 'create') throw new ConnectionError('refused')
    })
    const reflector = await follow(under)
    await under.clock.advance(600_000)
    const tries = reflector.times.filter(([, name]) => name === 'degraded').map(([time]) => time)
    const pauses = tries.slice(1).map((time, at) => time - tries[at]!)
    pauses.forEach((pause, at) => {
      const longest = Math.min(30_000, 200 * 2 ** at)
      assert.ok(pause >= longest / 2 && pause <= longest, `pause ${at}: ${pause}`)
    })
    down = false
    await under.clock.advance(30_000)
    assert.equal(reflector.take().at(-1), 'live')
    under.cluster.cut(ConfigMap, new ConnectionError('cut'))
    await under.clock.advance(200)
    assert.deepEqual(reflector.take(), ['degraded', 'live'])
    reflector.stop()
  })

  it('makes a watch anew that was silent for too long, but not one that has bookmarks', async () => {
    const under = setUp()
    const reflector = await follow(under, { idleTimeout: 100_000 })
    reflector.take()
    const watches = () => under.cluster.requests.filter((one) => one.startsWith('watch')).length
    await under.clock.advance(60_000)
    under.cluster.bookmark(ConfigMap)
    await under.clock.advance(60_000)
    assert.deepEqual([watches(), reflector.take()], [1, ['progressed 1']])
    await under.clock.advance(40_000)
    assert.deepEqual([watches(), reflector.take()], [2, ['live']])
    reflector.stop()
  })

  it('does not ask at once for a watch that ends as soon as it begins', async () => {
    const under = setUp()
    const reflector = await follow(under)
    for (let turn = 0; turn < 50; turn++) {
      under.cluster.cut(ConfigMap)
      await under.clock.advance(10)
    }
    const watches = under.cluster.requests.filter((one) => one.startsWith('watch')).length
    assert.ok(watches < 10, `${watches} watches in half a second`)
    reflector.stop()
  })

  it('waits for a kind that is not served, and begins when it is', async () => {
    const under = setUp()
    under.cluster.serve(ConfigMap, false)
    const reflector = await follow(under)
    assert.deepEqual(reflector.take(), ['connecting', 'syncing', 'absent', 'replaced'])
    await under.clock.advance(10_000)
    reflector.take()
    under.cluster.serve(ConfigMap, true)
    await under.clock.advance(30_000)
    assert.deepEqual(reflector.take(), ['syncing', 'replaced', 'live'])
    reflector.stop()
  })
})

describe('informer', () => {
  function informers(linger?: number) {
    const under = setUp()
    const { cluster, clock, random } = under
    const shared = new Informers({ cluster, clock, random, ...(linger ? { linger } : {}) })
    return { ...under, shared }
  }

  it('is one watch for all who ask, kept for a while after the last', async () => {
    const { cluster, clock, shared, make } = informers(10_000)
    await make('a')
    const first = shared.of(ConfigMap).changes$.subscribe()
    const second = shared.of(ConfigMap).changes$.subscribe()
    await clock.advance(0)
    assert.equal(cluster.watches(ConfigMap), 1)
    first.unsubscribe()
    second.unsubscribe()
    await clock.advance(9_999)
    const third = shared.of(ConfigMap).changes$.subscribe()
    third.unsubscribe()
    await clock.advance(9_999)
    assert.equal(cluster.watches(ConfigMap), 1)
    assert.equal(shared.of(ConfigMap).size, 1)
    await clock.advance(1)
    assert.equal(cluster.watches(ConfigMap), 0)
    assert.deepEqual([shared.of(ConfigMap).size, shared.of(ConfigMap).state.name], [0, 'stopped'])
    assert.equal(cluster.requests.filter((one) => one.startsWith('list')).length, 1)
  })

  it('tells a late subscriber what there is, as initial', async () => {
    const { clock, shared, make } = informers()
    await make('a')
    const told: unknown[] = []
    shared.of(ConfigMap).changes$.subscribe()
    await clock.advance(0)
    shared
      .of(ConfigMap)
      .changes$.subscribe((change) =>
        told.push([change.type, 'initial' in change && change.initial]),
      )
    await make('b')
    assert.deepEqual(told, [
      ['added', true],
      ['added', false],
    ])
    shared.stop()
  })

  it('tells an object that was replaced by another of its name as deleted and added', async () => {
    const { cluster, clock, shared, make, remove } = informers()
    await make('a')
    const told: string[] = []
    shared.of(ConfigMap).changes$.subscribe(({ type }) => told.push(type))
    await clock.advance(0)
    cluster.hold(ConfigMap)
    await remove('a')
    await make('a')
    cluster.compact()
    cluster.cut(ConfigMap, new ConnectionError('cut'))
    cluster.release(ConfigMap)
    await clock.advance(200)
    assert.deepEqual(told, ['added', 'deleted', 'added'])
    shared.stop()
  })

  it('goes back with a server whose history was, and waits for what it then has not seen', async () => {
    const { clock, random } = setUp()
    let version = '900'
    const watches: Subject<WatchEvent<ConfigMapObject>>[] = []
    const cluster = {
      list: async () => ({ items: [], resourceVersion: version }),
      watch: () => {
        const watch = new Subject<WatchEvent<ConfigMapObject>>()
        watches.push(watch)
        return watch
      },
    } as unknown as Cluster
    const shared = new Informers({ cluster, clock, random })
    const informer = shared.of(ConfigMap)
    informer.changes$.subscribe()
    await clock.advance(2_000)
    version = '100'
    watches[0]?.error(new ApiError(410, 'Expired', 'too old'))
    await clock.advance(2_000)
    assert.equal(informer.resourceVersion, '100')
    let seen = false
    void informer.whenSeen('101', new AbortController().signal).then(() => {
      seen = true
    })
    await clock.advance(1_000)
    assert.equal(seen, false)
    watches.at(-1)?.next({ type: 'BOOKMARK', resourceVersion: '101' })
    await clock.advance(0)
    assert.equal(seen, true)
    shared.stop()
  })

  it('finds objects by namespace, label, owner and any index that is added', async () => {
    const { cluster, clock, shared, make } = informers()
    const owner = await make('owner')
    const reference = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'owner',
      uid: owner.metadata.uid!,
    }
    await make('owned', {
      metadata: {
        namespace: 'default',
        name: 'owned',
        ownerReferences: [{ ...reference, controller: true }],
      },
      data: { color: 'red' },
    })
    const informer = shared.of(ConfigMap)
    informer.addIndex('color', ({ data }) => (data?.color ? [data.color] : []))
    informer.changes$.subscribe()
    await clock.advance(0)
    const names = (objects: ConfigMapObject[]) =>
      objects.map(({ metadata }) => metadata.name).sort()
    const { uid = '' } = owner.metadata
    assert.deepEqual(names(informer.reader.ownedBy(uid)), ['owned'])
    assert.deepEqual(names(informer.reader.ownedBy(owner)), ['owned'])
    assert.deepEqual(informer.reader.ownedBy({ metadata: { name: 'no uid yet' } }), [])
    assert.deepEqual(names(informer.find('color', 'red')), ['owned'])
    const body = { data: { color: 'blue' }, metadata: { ownerReferences: [reference] } }
    await cluster.patch(ConfigMap, { namespace: 'default', name: 'owned' }, { type: 'merge', body })
    assert.deepEqual(names(informer.find('color', 'red')), [])
    assert.deepEqual(names(informer.find('color', 'blue')), ['owned'])
    assert.deepEqual(names(informer.reader.ownedBy(uid)), [])
    assert.deepEqual(names(informer.reader.ownedBy(uid, { any: true })), ['owned'])
    assert.deepEqual(names(informer.reader.list({ namespace: 'default' })), ['owned', 'owner'])
    assert.deepEqual(names(informer.reader.list({ namespace: 'other' })), [])
    shared.stop()
  })

  it('keeps of a projected kind the metadata and the part, in a cache of its own', async () => {
    const under = setUp()
    const Keys = projected(ConfigMap, ({ data }) => ({ keys: Object.keys(data ?? {}) }))
    const informers = new Informers(under)
    const subscription = informers.of(Keys).changes$.subscribe()
    const whole = informers.of(ConfigMap).changes$.subscribe()
    await under.make('a', { data: { one: '1', two: '2' } })
    await under.clock.advance(0)
    const known = informers.of(Keys).reader.get('default', 'a')
    assert.deepEqual(known?.keys, ['one', 'two'])
    assert.ok(known?.metadata.uid)
    assert.ok(!('data' in known))
    assert.deepEqual(informers.of(ConfigMap).reader.get('default', 'a')?.data, {
      one: '1',
      two: '2',
    })
    await under.remove('a')
    await under.clock.advance(0)
    assert.equal(informers.of(Keys).size, 0)
    assert.equal(under.cluster.watches(ConfigMap), 2)
    subscription.unsubscribe()
    whole.unsubscribe()
    informers.stop()
  })

  it('keeps no managed fields', async () => {
    const { clock, shared, make } = informers()
    await make('a', { metadata: { namespace: 'default', name: 'a', managedFields: [{ a: 1 }] } })
    shared.of(ConfigMap).changes$.subscribe()
    await clock.advance(0)
    const known = shared.of(ConfigMap).reader.get('default', 'a')
    assert.equal(known?.metadata.managedFields, undefined)
    shared.stop()
  })
})
