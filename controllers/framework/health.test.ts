import assert from 'node:assert/strict'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { ApiError } from './cluster.ts'
import { controller } from './controller.ts'
import { startHealthServer } from './health.ts'
import { ConfigMap, Secret } from './kinds.ts'
import { startManager } from './manager.ts'
import { MemoryCluster } from './memory-cluster.ts'
import { managerMetrics } from './metrics.ts'
import { serve } from './serve.ts'

describe('the health of a manager', () => {
  const refused = { value: false }
  const closing: (() => Promise<unknown>)[] = []
  afterEach(() => Promise.all(closing.splice(0).map((close) => close())))
  const setUp = async () => {
    const clock = new VirtualClock()
    const random = seededRandom(1)
    refused.value = false
    const cluster = new MemoryCluster({
      clock,
      random,
      intercept: ({ verb, kind }) => {
        if (refused.value && kind === 'Secret' && (verb === 'list' || verb === 'watch'))
          throw new ApiError(403, 'Forbidden', 'you may not')
      },
    })
    const manager = (...controllers: Parameters<typeof startManager>[0]['controllers']) =>
      startManager({ cluster, controllers, clock, random, component: 'test' })
    return { clock, cluster, manager }
  }
  const one = controller(ConfigMap)
    .reads(Secret)
    .reconcile(async ({ metadata }, { create }) => {
      if (metadata.name === 'bad') throw new Error('bad')
      if (metadata.name === 'a')
        await create(ConfigMap, { metadata: { namespace: 'default', name: 'b' } })
      return undefined
    })

  it('says what it waits for, that it is ready, and when what it knows has become old', async () => {
    const { clock, manager: start, cluster } = await setUp()
    refused.value = true
    const manager = start(one)
    const health = await startHealthServer({ host: '127.0.0.1', port: 0, manager })
    closing.push(() => health.close())
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${health.port}${path}`)
      return [answer.status, await answer.text()] as const
    }
    await clock.advance(0)
    const [code, text] = await ask('/readyz')
    assert.equal(code, 503)
    assert.match(text, /^\[-\] syncing\n/)
    assert.match(text, /\n\[~\] secrets: degraded, 0 objects: you may not\n/)
    assert.deepEqual(await ask('/livez'), [200, 'ok'])

    refused.value = false
    await clock.advance(1_000)
    await manager.ready
    assert.match((await ask('/readyz'))[1], /^\[\+\] leading\n/)
    assert.equal((await ask('/readyz'))[0], 200)

    refused.value = true
    cluster.cut(Secret)
    await clock.advance(200_000)
    cluster.bookmark(ConfigMap)
    assert.equal((await ask('/readyz'))[0], 200)
    await clock.advance(101_000)
    const [stale, why] = await ask('/readyz')
    assert.equal(stale, 503)
    assert.match(
      why,
      /\n\[-\] secrets: degraded, 0 objects, heard of \d+ s ago, stale: you may not/,
    )
    assert.match(why, /\n\[\+\] configmaps: live, 0 objects, heard of 101 s ago/)

    await manager.stop()
    assert.deepEqual(await ask('/healthz'), [503, 'stopped'])
  })

  it('that cannot be served ends the manager, in good order', async () => {
    const { manager: start } = await setUp()
    const taken = await startHealthServer({ host: '127.0.0.1', port: 0, manager: start(one) })
    closing.push(() => taken.close())
    const manager = start(one)
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const health = { address: '127.0.0.1', port: taken.port }
    const { signal } = new AbortController()
    await assert.rejects(serve({ start: () => manager, log, stop: signal, health }), /EADDRINUSE/)
    await manager.done
    assert.equal(manager.measure().watches, 0)
  })

  it('is measured under the names that the field knows', async () => {
    const { clock, manager: start, cluster } = await setUp()
    const manager = start(one)
    const metrics = managerMetrics(manager)
    await manager.ready
    for (const name of ['a', 'bad'])
      await cluster.create(ConfigMap, { metadata: { namespace: 'default', name } })
    await clock.advance(7_000)
    const lines = (await metrics.text()).split('\n')
    const has = (line: string) =>
      assert.ok(lines.includes(line), `${line} is not in\n${lines.join('\n')}`)
    has('controller_runtime_reconcile_total{controller="configmap",result="success"} 2')
    const failed = lines.find((line) => line.includes('result="error"'))
    assert.match(failed ?? '', /\d+$/)
    has('workqueue_depth{name="configmap"} 0')
    has('workqueue_retrying{name="configmap"} 1')
    assert.ok(lines.some((line) => /^workqueue_adds_total\{name="configmap"\} \d+$/.test(line)))
    assert.ok(lines.some((line) => /^workqueue_queue_duration_seconds_count/.test(line)))
    has('leader_election_master_status 1')
    has('rest_client_requests_total{code="201",method="POST",verb="create"} 1')
    has('rest_client_requests_total{code="200",method="GET",verb="list"} 2')
    has('tiphys_informer_objects{resource="configmaps",namespace=""} 3')
    has('tiphys_informer_last_event_age_seconds{resource="secrets",namespace=""} 7')
    has('tiphys_informer_state{resource="secrets",namespace="",state="live"} 1')
    has('tiphys_open_watches 2')
    metrics.close()
    await manager.stop()
    assert.equal(manager.measure().watches, 0)
  })
})
