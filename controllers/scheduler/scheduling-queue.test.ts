import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { podOf } from './lab.ts'
import { nodeAffinity } from './plugins/node-affinity.ts'
import { nodeResourcesFit } from './plugins/node-resources-fit.ts'
import { podInfo } from './pod-info.ts'
import { SchedulingQueue } from './scheduling-queue.ts'

const info = (name: string, sketch: object = {}) => podInfo(podOf(name, sketch))
const fit = new Set([nodeResourcesFit])

describe('scheduling queue', () => {
  let clock: VirtualClock
  let queue: SchedulingQueue
  let woken: number
  beforeEach(() => {
    clock = new VirtualClock()
    woken = 0
    queue = new SchedulingQueue({ clock, onActive: () => woken++ })
  })
  const taken = () => queue.take()?.info.pod.metadata.name
  const drain = () => {
    const names: (string | undefined)[] = []
    for (let name = taken(); name !== undefined; name = taken()) names.push(name)
    return names
  }

  it('gives out the highest priority first, then who came first', () => {
    queue.put(info('low'))
    queue.put(info('high', { priority: 5 }))
    queue.put(info('low-later'))
    queue.put(info('high-later', { priority: 5 }))
    assert.deepEqual(drain(), ['high', 'high-later', 'low', 'low-later'])
    assert.equal(woken, 4)
  })

  it('leaves an unschedulable pod alone until something may help it', async () => {
    queue.put(info('p'))
    queue.failed(queue.take()!, fit)
    await clock.advance(60_000)
    queue.happened('node-labels')
    assert.equal(taken(), undefined)
    queue.happened('pod-removed')
    assert.equal(taken(), 'p')
  })

  it('waits for what any of the rules that refused it would wait for', async () => {
    queue.put(info('p'))
    queue.failed(queue.take()!, new Set([nodeResourcesFit, nodeAffinity]))
    await clock.advance(10_000)
    queue.happened('node-labels')
    assert.equal(taken(), 'p')
  })

  it('tries no pod again before its back-off is over: 1, 2, 4, 8, 10, 10 s', async () => {
    queue.put(info('p'))
    const waits: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) {
      queue.failed(queue.take()!, fit)
      queue.happened('node-added')
      assert.equal(taken(), undefined)
      const since = clock.now()
      while (queue.sizes.active === 0) await clock.advance(1)
      waits.push(clock.now() - since)
    }
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  it('tries unschedulable pods again after five minutes', async () => {
    queue.put(info('p'))
    queue.failed(queue.take()!, fit)
    await clock.advance(299_999)
    assert.equal(taken(), undefined)
    await clock.advance(1)
    assert.equal(taken(), 'p')
  })

  it('waits for a node when there was none', async () => {
    queue.put(info('p'))
    queue.failed(queue.take()!, new Set())
    await clock.advance(10_000)
    queue.happened('pod-removed')
    assert.equal(taken(), undefined)
    queue.happened('node-added')
    assert.equal(taken(), 'p')
  })

  it('holds gated pods back until the gate is gone', () => {
    queue.put(info('p', { schedulingGates: [{ name: 'x' }] }))
    assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 0, gated: 1 })
    queue.put(info('p'))
    assert.equal(taken(), 'p')
  })

  it('tries a pod again that was changed, also while it was being bound', async () => {
    queue.put(info('p'))
    queue.failed(queue.take()!, fit)
    queue.put(info('p', { labels: { now: 'another' } }))
    await clock.advance(1000)
    const again = queue.take()!
    assert.deepEqual(again.info.pod.metadata.labels, { now: 'another' })
    queue.put(info('p', { labels: { now: 'a third' } }))
    assert.equal(queue.sizes.active, 0)
    queue.failed(again, fit)
    await clock.advance(2000)
    assert.equal(taken(), 'p')
  })

  it('forgets a pod that is gone, wherever it was', async () => {
    for (const name of ['active', 'refused', 'backing-off', 'out']) queue.put(info(name))
    const [active, refused, backing, out] = [
      queue.take()!,
      queue.take()!,
      queue.take()!,
      queue.take()!,
    ]
    queue.put(info('active'))
    queue.failed(active, fit, { again: true })
    queue.failed(refused, fit)
    queue.failed(backing, fit, { again: true })
    for (const { info } of [active, refused, backing, out]) queue.delete(info.uid)
    queue.failed(out, fit)
    await clock.advance(400_000)
    assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 0, gated: 0 })
    assert.equal(clock.next(), undefined)
  })
})
