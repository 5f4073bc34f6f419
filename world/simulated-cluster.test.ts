import assert from 'node:assert/strict'
import { clusterCases } from '../controllers/framework/cluster.cases.ts'
import { ApiError, ConfigMap, ConnectionError, Namespace } from '../controllers/framework/index.ts'
import { drain } from '../ports/virtual-clock.ts'
import type { Fault, WorldRequest } from './faults.ts'
import { type IdleProcess, startIdleProcess } from './testing.ts'

const ref = { namespace: 'default', name: 'a' }
const configMap = (name: string) => ({ metadata: { namespace: 'default', name } })

/** What has become of a promise once all that can happen has happened. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  let state = 'waits'
  promise.then(
    () => {
      state = 'resolved'
    },
    (error: unknown) => {
      state = String((error as Error).name)
    },
  )
  await drain()
  return state
}

describe('the cluster of a process', () => {
  clusterCases(async () => {
    const { clock, server, cluster, close } = await startIdleProcess()
    await cluster.create(Namespace, { metadata: { name: 'cases' } })
    return {
      cluster,
      namespace: 'cases',
      pass: (ms) => clock.advance(ms),
      bookmark: () => clock.advance(60_000),
      async compact() {
        await server.storage.compact(await server.storage.revision())
        await clock.advance(20 * 60_000)
        await cluster.create(ConfigMap, { metadata: { namespace: 'cases', name: 'later' } })
      },
      close,
    }
  })

  describe('with faults', () => {
    let idle: IdleProcess
    let requests: WorldRequest[]
    let faults: Map<number, Fault>
    beforeEach(async () => {
      requests = []
      faults = new Map()
      idle = await startIdleProcess((request) => {
        requests.push(request)
        return request.verb === 'create' ? faults.get(request.sequence) : undefined
      })
    })
    afterEach(() => idle.close())
    const exists = async () =>
      (await idle.server.server.cluster().get(ConfigMap, ref)) !== undefined

    it('numbers writes over all incarnations, and says what they want', async () => {
      const { process } = idle
      await idle.cluster.create(ConfigMap, configMap('a'), { fieldManager: 'me' })
      await idle.cluster.get(ConfigMap, ref)
      process.start()
      const body = { data: { x: '1' } }
      await idle.cluster.patch(ConfigMap, ref, { type: 'merge', body })
      assert.deepEqual(
        requests.map(({ incarnation, sequence, verb, ref: about, fieldManager }) => [
          incarnation,
          sequence,
          verb,
          about?.name,
          fieldManager,
        ]),
        [
          [1, 1, 'create', 'a', 'me'],
          [1, 0, 'get', 'a', undefined],
          [2, 2, 'patch', 'a', undefined],
        ],
      )
      assert.equal(requests[2]?.body, body)
    })

    it('refuses what is to be refused', async () => {
      faults.set(1, { type: 'refuse', error: new ApiError(429, 'TooManyRequests', 'slow down') })
      const refused = idle.cluster.create(ConfigMap, configMap('a'))
      await assert.rejects(refused, { code: 429 })
      assert.equal(await exists(), false)
    })

    for (const applied of [true, false])
      it(`loses the answer ${applied ? 'to' : 'before'} what was done`, async () => {
        faults.set(1, { type: 'lose', applied })
        await assert.rejects(idle.cluster.create(ConfigMap, configMap('a')), ConnectionError)
        assert.equal(await exists(), applied)
      })

    for (const applied of [true, false])
      it(`crashes the process ${applied ? 'after' : 'before'} a write, which never hears of it`, async () => {
        faults.set(1, { type: 'crash', applied })
        assert.equal(await stateOf(idle.cluster.create(ConfigMap, configMap('a'))), 'waits')
        assert.equal(await exists(), applied)
        assert.equal(idle.process.incarnation, 2)
      })

    it('answers nothing, tells nothing and wakes nobody once the process is dropped', async () => {
      const [{ cluster, clock } = idle] = idle.contexts
      const told: string[] = []
      const done = () => told.push('complete')
      cluster
        .watch(ConfigMap)
        .subscribe({ next: () => told.push('event'), complete: done, error: done })
      clock.after(1_000, () => told.push('timer'))
      await drain()
      const underWay = cluster.create(ConfigMap, configMap('a'))
      const failing = cluster.remove(ConfigMap, { namespace: 'default', name: 'absent' })
      told.length = 0
      idle.process.start()
      clock.after(1_000, () => told.push('late timer'))
      assert.deepEqual(
        await Promise.all([underWay, failing, cluster.get(ConfigMap, ref)].map(stateOf)),
        ['waits', 'waits', 'waits'],
      )
      await idle.clock.advance(10_000)
      assert.deepEqual(told, [])
    })
  })

  it('leaves nothing behind in a thousand restarts', async () => {
    const idle = await startIdleProcess(undefined, (context) => {
      context.cluster.watch(ConfigMap).subscribe()
      context.clock.after(1e9, () => {})
    })
    await drain()
    const held = () => [idle.clock.size, idle.process.held, idle.watches]
    const before = held()
    assert.equal(idle.watches, 1)
    for (let count = 0; count < 1_000; count++) {
      idle.process.start()
      if (count % 2) await drain()
    }
    await drain()
    assert.deepEqual(held(), before)
    await idle.close()
    assert.equal(idle.watches, 0)
  })
})
