import assert from 'node:assert/strict'
import type { ConfigMap as ConfigMapObject, Secret as SecretObject } from '../../api/types.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { ApiError } from './cluster.ts'
import { type Controller, controller, TerminalError } from './controller.ts'
import { ConfigMap, Pod, Secret } from './kinds.ts'
import { startManager } from './manager.ts'
import { MemoryCluster } from './memory-cluster.ts'

const configMap = (name: string, data: Record<string, string> = {}): ConfigMapObject => ({
  metadata: { namespace: 'default', name },
  data,
})
const childOf = (owner: ConfigMapObject, name: string): SecretObject => ({
  metadata: {
    namespace: 'default',
    name,
    ownerReferences: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: owner.metadata.name!,
        uid: owner.metadata.uid!,
        controller: true,
      },
    ],
  },
})

function setUp() {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const cluster = new MemoryCluster({ clock, random })
  const run = (...controllers: Controller[]) =>
    startManager({ cluster, controllers, clock, random, component: 'test' })
  return { clock, random, cluster, run }
}

describe('manager', () => {
  it('runs a controller for what is there and for what comes', async () => {
    const { cluster, clock, run } = setUp()
    await cluster.create(ConfigMap, configMap('there'))
    const ran: string[] = []
    const manager = run(
      controller(ConfigMap).reconcile(async ({ metadata }) => {
        ran.push(metadata.name!)
        return undefined
      }),
    )
    await manager.ready
    await clock.advance(0)
    assert.deepEqual(ran, ['there'])
    await cluster.create(ConfigMap, configMap('comes'))
    await clock.advance(0)
    assert.deepEqual(ran, ['there', 'comes'])
    await manager.stop()
    await manager.done
    assert.equal(cluster.watches(ConfigMap), 0)
  })

  it('looks at one namespace alone where it is told to', async () => {
    const { cluster, clock, random } = setUp()
    await cluster.create(ConfigMap, { metadata: { namespace: 'other', name: 'elsewhere' } })
    await cluster.create(ConfigMap, configMap('here'))
    const ran: string[] = []
    const manager = startManager({
      cluster,
      clock,
      random,
      component: 'test',
      watchNamespace: 'default',
      controllers: [
        controller(ConfigMap).reconcile(async ({ metadata }) => {
          ran.push(metadata.name!)
          return undefined
        }),
      ],
    })
    await manager.ready
    await clock.advance(0)
    assert.deepEqual(ran, ['here'])
    assert.deepEqual(
      manager.measure().informers.map(({ namespace }) => namespace),
      ['default'],
    )
    await manager.stop()
  })

  it('makes one child where many triggers come before the informer has seen it', async () => {
    const { cluster, clock, run } = setUp()
    const manager = run(
      controller(ConfigMap)
        .owns(Secret)
        .reconcile(async (object, { read, create }) => {
          if (read(Secret).ownedBy(object.metadata.uid!).length > 0) return undefined
          await create(Secret, {
            ...childOf(object, ''),
            metadata: { ...childOf(object, '').metadata, name: undefined, generateName: 'child-' },
          })
          return undefined
        }),
    )
    await manager.ready
    cluster.hold(Secret)
    const object = await cluster.create(ConfigMap, configMap('parent'))
    await clock.advance(0)
    for (let turn = 0; turn < 5; turn++) {
      await cluster.update(ConfigMap, {
        ...object,
        metadata: { namespace: 'default', name: 'parent' },
        data: { turn: String(turn) },
      })
      await clock.advance(10)
    }
    assert.equal((await cluster.list(Secret)).items.length, 1)
    cluster.release(Secret)
    await clock.advance(10)
    assert.equal((await cluster.list(Secret)).items.length, 1)
    await manager.stop()
  })

  it('retries failures with exact back-off and resets it when the spec changes', async () => {
    const { cluster, clock, run } = setUp()
    const times: number[] = []
    const manager = run(
      controller(Pod).reconcile(async () => {
        times.push(clock.monotonic())
        throw new Error('no')
      }),
    )
    await manager.ready
    const pod = await cluster.create(Pod, { metadata: { namespace: 'default', name: 'p' } })
    await clock.advance(100)
    assert.deepEqual(times, [0, 5, 15, 35, 75])
    await cluster.update(Pod, { ...pod, spec: { containers: [] } })
    await clock.advance(10)
    assert.deepEqual(times.slice(5), [100, 105])
    await manager.stop()
  })

  it('does not run a terminal failure again until the generation changes', async () => {
    const { cluster, clock, run } = setUp()
    let runs = 0
    const manager = run(
      controller(Pod).reconcile(async () => {
        runs++
        throw new TerminalError('never')
      }),
    )
    await manager.ready
    const pod = await cluster.create(Pod, { metadata: { namespace: 'default', name: 'p' } })
    await clock.advance(1_000_000)
    const labelled = await cluster.update(Pod, {
      ...pod,
      metadata: { ...pod.metadata, labels: { a: 'b' } },
    })
    await clock.advance(1_000)
    assert.equal(runs, 1)
    await cluster.update(Pod, { ...labelled, spec: { containers: [] } })
    await clock.advance(0)
    assert.equal(runs, 2)
    await manager.stop()
  })

  it('runs a key again after the time it asked for', async () => {
    const { cluster, clock, run } = setUp()
    const times: number[] = []
    const manager = run(
      controller(Pod).reconcile(async () => {
        times.push(clock.monotonic())
        return times.length < 3 ? { requeueAfter: 1_500 } : undefined
      }),
    )
    await manager.ready
    await cluster.create(Pod, { metadata: { namespace: 'default', name: 'p' } })
    await clock.advance(60_000)
    assert.deepEqual(times, [0, 1_500, 3_000])
    await manager.stop()
  })

  it('never removes what the live primary no longer wants removed', async () => {
    const { cluster, clock, run } = setUp()
    const removed: boolean[] = []
    const manager = run(
      controller(ConfigMap)
        .owns(Secret)
        .reconcile(async (object, { read, remove }) => {
          if (object.data?.on === 'yes') return undefined
          for (const child of read(Secret).ownedBy(object.metadata.uid!))
            removed.push(
              await remove(Secret, child, {
                because: (primary) => (primary as ConfigMapObject | undefined)?.data?.on !== 'yes',
              }),
            )
          return undefined
        }),
    )
    const parent = await cluster.create(ConfigMap, configMap('parent', { on: 'yes' }))
    await manager.ready
    await clock.advance(0)
    const off = await cluster.update(ConfigMap, { ...parent, data: { on: 'no' } })
    await clock.advance(0)
    cluster.hold(ConfigMap)
    await cluster.update(ConfigMap, { ...off, data: { on: 'yes' } })
    await cluster.create(Secret, childOf(parent, 'child'))
    await clock.advance(0)
    assert.deepEqual(removed, [false])
    assert.equal((await cluster.list(Secret)).items.length, 1)
    await manager.stop()
  })

  it('refuses to read what was not declared, and says how to declare it', async () => {
    const { cluster, clock, run } = setUp()
    const manager = run(
      controller(ConfigMap).reconcile(async (_, { read }) => {
        ;(read as (kind: unknown) => unknown)(Pod)
        return undefined
      }),
    )
    const errors: string[] = []
    manager.reconciles$.subscribe(({ error }) => errors.push(String(error)))
    await cluster.create(ConfigMap, configMap('a'))
    await manager.ready
    await clock.advance(0)
    assert.match(errors[0]!, /reads Pod, which is not among its inputs: declare it/)
    await manager.stop()
  })

  it('counts similar events instead of creating them again', async () => {
    const { cluster, clock, random, run } = setUp()
    void random
    let runs = 0
    const manager = run(
      controller(Pod).reconcile(async (pod, { event }) => {
        event(pod, { type: 'Normal', reason: 'Ran', message: 'it ran' })
        return ++runs < 3 ? { requeueAfter: 1_000 } : undefined
      }),
    )
    await manager.ready
    await cluster.create(Pod, { metadata: { namespace: 'default', name: 'p' } })
    await clock.advance(5_000)
    const { Event } = await import('./kinds.ts')
    const { items } = await cluster.list(Event)
    assert.deepEqual(
      items.map(({ count, reason, source }) => ({ count, reason, source })),
      [{ count: 3, reason: 'Ran', source: { component: 'pod-controller' } }],
    )
    await manager.stop()
  })

  it('begins anew with an object that takes the name of one that failed', async () => {
    const { cluster, clock, run } = setUp()
    const at: number[] = []
    const manager = run(
      controller(ConfigMap).reconcile(async () => {
        at.push(clock.monotonic())
        throw new Error('it fails')
      }),
    )
    await manager.ready
    await cluster.create(ConfigMap, configMap('a'))
    await clock.advance(60_000)
    await cluster.remove(ConfigMap, { namespace: 'default', name: 'a' })
    await clock.advance(0)
    assert.equal(manager.measure().controllers[0]?.retrying, 0)
    at.splice(0)
    await cluster.create(ConfigMap, configMap('a'))
    await clock.advance(40)
    assert.deepEqual(at, [60_000, 60_005, 60_015, 60_035])
    await manager.stop()
  })

  it('forgets when an object was to run that has gone', async () => {
    const { cluster, clock, run } = setUp()
    const manager = run(controller(ConfigMap).reconcile(async () => ({ requeueAfter: 3_600_000 })))
    await manager.ready
    const timers = clock.size
    await cluster.create(ConfigMap, configMap('a'))
    await clock.advance(0)
    assert.equal(clock.size, timers + 1)
    await cluster.remove(ConfigMap, { namespace: 'default', name: 'a' })
    await clock.advance(0)
    assert.equal(clock.size, timers)
    await manager.stop()
  })

  it('takes no write of a run that it was stopped in', async () => {
    const { cluster, clock, run } = setUp()
    await cluster.create(ConfigMap, configMap('a'))
    let write = (): Promise<unknown> => Promise.resolve()
    let end = () => {}
    const manager = run(
      controller(ConfigMap).reconcile(async (_, { create }) => {
        write = () => create(ConfigMap, configMap('late'))
        await new Promise<void>((resolve) => {
          end = resolve
        })
      }),
    )
    await manager.ready
    await clock.advance(0)
    const stopped = manager.stop()
    await assert.rejects(write(), /the manager has stopped/)
    end()
    await stopped
    assert.equal((await cluster.list(ConfigMap)).items.length, 1)
  })

  it('ends the writes of a run that takes five minutes, and tries it again', async () => {
    const { cluster, clock, run } = setUp()
    await cluster.create(ConfigMap, configMap('a'))
    const begun: number[] = []
    const errors: unknown[] = []
    const manager = run(
      controller(ConfigMap).reconcile(async (_, { create, signal }) => {
        begun.push(clock.monotonic())
        if (begun.length > 1) return
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        await create(ConfigMap, configMap('late'))
      }),
    )
    manager.reconciles$.subscribe(({ error }) => errors.push(String(error)))
    await manager.ready
    await clock.advance(300_005)
    assert.deepEqual(begun, [0, 300_005])
    assert.match(String(errors[0]), /configmap default\/a ran longer than 300000 ms/)
    assert.equal((await cluster.list(ConfigMap)).items.length, 1)
    await manager.stop()
  })

  it('runs for a change those whom the old object concerned and those whom the new one does', async () => {
    const { cluster, clock, run } = setUp()
    for (const name of ['x', 'y', 'z']) await cluster.create(ConfigMap, configMap(name))
    const labelled = (to: string) => ({
      metadata: { namespace: 'default', name: 's', labels: { to } },
    })
    await cluster.create(Secret, labelled('x'))
    let ran: string[] = []
    const manager = run(
      controller(ConfigMap)
        .watches(Secret, ({ metadata: { labels } }) => [
          { namespace: 'default', name: labels?.to ?? '' },
        ])
        .reconcile(async ({ metadata: { name = '' } }) => {
          ran.push(name)
        }),
    )
    await manager.ready
    await clock.advance(0)
    ran = []
    await cluster.update(Secret, labelled('y'))
    await clock.advance(0)
    assert.deepEqual(ran, ['x', 'y'])
    await manager.stop()
  })

  it('has sent the events of its runs when it has stopped', async () => {
    const { cluster, clock, run } = setUp()
    await cluster.create(ConfigMap, configMap('a'))
    let answer = () => {}
    const slow = new Promise<void>((resolve) => {
      answer = resolve
    })
    const create = cluster.create.bind(cluster)
    cluster.create = (async (kind: never, object: never) => {
      await slow
      return create(kind, object)
    }) as never
    const manager = run(
      controller(ConfigMap).reconcile(async (object, { event }) => {
        event(object, { type: 'Normal', reason: 'Ran', message: 'it ran' })
      }),
    )
    await manager.ready
    await clock.advance(0)
    let stopped = false
    const stopping = manager.stop().then(() => {
      stopped = true
    })
    await clock.advance(1_000)
    assert.equal(stopped, false)
    answer()
    await stopping
  })

  it('fails over to another process when the leader is gone, and fences the old one', async () => {
    const { cluster, clock, random } = setUp()
    const start = (identity: string, through: MemoryCluster | typeof cluster) =>
      startManager({
        cluster: through,
        clock,
        random,
        component: 'test',
        controllers: [controller(ConfigMap).reconcile(async () => undefined)],
        leaderElection: { namespace: 'kube-system', name: 'test', identity },
      })
    let cut = false
    const first = start(
      'a',
      new Proxy(cluster, {
        get: (target, property) => {
          const value = Reflect.get(target, property) as unknown
          if (typeof value !== 'function') return value
          return (...args: unknown[]) => {
            if (cut && property !== 'watch') return Promise.reject(new ApiError(500, 'Down', 'cut'))
            return value.apply(target, args) as unknown
          }
        },
      }),
    )
    const states: string[] = []
    first.state$.subscribe((state) => states.push(`a ${state}`))
    await first.ready
    const second = start('b', cluster)
    second.state$.subscribe((state) => states.push(`b ${state}`))
    await clock.advance(5_000)
    assert.deepEqual(states, ['a syncing', 'a standby', 'a leading', 'b syncing', 'b standby'])
    cut = true
    await clock.advance(30_000)
    await assert.rejects(first.done, /was not renewed in time/)
    await second.ready
    assert.deepEqual(states.slice(5), ['a stopped', 'b leading'])
    await second.stop()
  })
})
