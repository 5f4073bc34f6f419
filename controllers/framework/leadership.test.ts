import assert from 'node:assert/strict'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { type Cluster, ConnectionError } from './cluster.ts'
import { type Controller, controller } from './controller.ts'
import { ConfigMap, Lease } from './kinds.ts'
import { LeadershipLost } from './leader-election.ts'
import { type RunnableContext, startManager } from './manager.ts'
import { MemoryCluster } from './memory-cluster.ts'

const ref = { namespace: 'kube-system', name: 'test' }
const configMap = (name: string) => ({ metadata: { namespace: 'default', name } })

function setUp() {
  const clock = new VirtualClock()
  const random = { ...seededRandom(1), next: () => 0 }
  const down = { value: false }
  const lists: number[] = []
  const cluster = new MemoryCluster({
    clock,
    random,
    intercept: ({ verb, kind }) => {
      if (down.value && kind === 'Lease') throw new ConnectionError('down')
      if (verb === 'list') lists.push(clock.monotonic())
    },
  })
  const start = (identity: string, one: Controller, more = {}) =>
    startManager({
      cluster,
      controllers: [one],
      clock,
      random,
      component: identity,
      leaderElection: { ...ref, identity },
      ...more,
    })
  return { clock, cluster, start, down, lists }
}

describe('a manager that leads', () => {
  it('aborts its runs and refuses their writes in the very millisecond in which it loses the lease', async () => {
    const { clock, cluster, start, down } = setUp()
    await cluster.create(ConfigMap, configMap('a'))
    const aborted: { at: number; reason: unknown }[] = []
    let write = (): Promise<unknown> => Promise.resolve()
    let finish = () => {}
    const slow = controller(ConfigMap).reconcile(async (_, { signal, create }) => {
      signal.addEventListener('abort', () =>
        aborted.push({ at: clock.monotonic(), reason: signal.reason }),
      )
      write = () => create(ConfigMap, configMap('late'))
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return undefined
    })
    // What runs beside takes its time to end, which delays nobody.
    const beside = { name: 'slow', run: () => new Promise<void>(() => {}) }
    const manager = start('a', slow, { whileLeading: [beside] })
    await manager.ready
    await clock.advance(2_000)
    down.value = true
    await clock.advance(9_999)
    assert.equal(aborted.length, 0)
    await clock.advance(1)
    assert.equal(aborted.length, 1)
    assert.equal(aborted[0]?.at, 12_000)
    assert.ok(aborted[0]?.reason instanceof LeadershipLost)
    await assert.rejects(write(), LeadershipLost)
    assert.equal(await cluster.get(ConfigMap, { namespace: 'default', name: 'late' }), undefined)
    finish()
    await clock.advance(10_000)
    await assert.rejects(manager.done, LeadershipLost)
  })

  for (const who of ['a run', 'what runs beside'])
    it(`refuses what ${who} writes when the process was stopped for longer than its lease, though no timer has run`, async () => {
      const { clock, cluster, start } = setUp()
      await cluster.create(ConfigMap, configMap('a'))
      const monotonic = clock.monotonic.bind(clock)
      let slept = 0
      clock.monotonic = () => monotonic() + slept
      let wake = () => {}
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      let refused: unknown
      const write = async (create: Cluster['create']) => {
        await woken
        await create(ConfigMap, configMap('late')).catch((error: unknown) => {
          refused = error
        })
      }
      const run = controller(ConfigMap).reconcile(async (_, { create }) => {
        if (who === 'a run') await write(create)
      })
      const beside = {
        name: 'beside',
        run: async ({ cluster: own }: RunnableContext) => {
          if (who !== 'a run') await write(own.create)
        },
      }
      const manager = start('a', run, { whileLeading: [beside] })
      await manager.ready
      await clock.advance(0)
      slept = 10_000
      wake()
      await clock.advance(0)
      assert.ok(refused instanceof LeadershipLost)
      assert.equal((await cluster.list(ConfigMap)).items.length, 1)
      await assert.rejects(manager.done, LeadershipLost)
    })

  it('gives the lease back as it stops, and the standby goes on from filled caches', async () => {
    const { clock, cluster, start, lists } = setUp()
    await cluster.create(ConfigMap, configMap('a'))
    const ran: string[] = []
    const by = (identity: string) =>
      controller(ConfigMap).reconcile(async ({ metadata }) => {
        ran.push(`${identity} ${metadata.name}`)
        return undefined
      })
    const a = start('a', by('a'))
    await a.ready
    const b = start('b', by('b'))
    await clock.advance(5_000)
    assert.deepEqual(ran, ['a a'])
    const listed = lists.length
    assert.equal(listed, 2)
    const stopped = a.stop()
    await clock.advance(0)
    await stopped
    assert.equal((await cluster.get(Lease, ref))?.spec?.holderIdentity, '')
    await clock.advance(2_000)
    assert.deepEqual(ran, ['a a', 'b a'])
    assert.equal(lists.length, listed)
    await b.stop()
  })

  it('gives back a lease that comes while it stops', async () => {
    const { clock, cluster, start } = setUp()
    const manager = start(
      'a',
      controller(ConfigMap).reconcile(async () => undefined),
    )
    const stopped = manager.stop()
    await clock.advance(60_000)
    await stopped
    assert.equal((await cluster.get(Lease, ref))?.spec?.holderIdentity ?? '', '')
    assert.equal(clock.next(), undefined)
  })

  it('refuses durations by which two could lead at once', async () => {
    const { start } = setUp()
    const manager = start(
      'a',
      controller(ConfigMap).reconcile(async () => undefined),
      { leaderElection: { ...ref, identity: 'a', renewDeadline: 15_000 } },
    )
    await assert.rejects(manager.ready, /needs leaseDuration \(15000\) > renewDeadline \(15000\)/)
    await assert.rejects(manager.done, /needs leaseDuration/)
  })
})
