import assert from 'node:assert/strict'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { controller } from './controller.ts'
import { Informers } from './informer.ts'
import { ConfigMap } from './kinds.ts'
import { MemoryCluster } from './memory-cluster.ts'
import { Runner } from './runner.ts'

const names = ['a', 'b', 'c', 'd', 'e']

describe('runner', () => {
  it('comes to every object once, even where the queue has room for two', async () => {
    const clock = new VirtualClock()
    const random = seededRandom(1)
    const cluster = new MemoryCluster({ clock, random })
    for (const name of names)
      await cluster.create(ConfigMap, { metadata: { namespace: 'default', name } })
    const ran: string[] = []
    const informers = new Informers({ cluster, clock, random })
    const runner = new Runner({
      controller: controller(ConfigMap)
        .concurrency(1)
        .reconcile(async ({ metadata }) => {
          ran.push(metadata.name ?? '')
        }),
      cluster,
      informers,
      clock,
      random,
      component: 'test',
      fence() {},
      record() {},
      queue: { capacity: 2 },
    })
    const synced = runner.watch()
    await clock.advance(0)
    await synced
    runner.start()
    await clock.advance(60_000)
    // What had room at first is run again, because nobody knows which keys were dropped.
    assert.deepEqual(ran, ['a', 'b', ...names])
    await runner.stop(new Error('the test is over'))
    informers.stop()
  })
})
