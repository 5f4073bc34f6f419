import assert from 'node:assert/strict'
import type { Pod as PodObject } from '../../api/types.ts'
import { ApiError } from '../../controllers/framework/cluster.ts'
import { Pod, PodDisruptionBudget } from '../../controllers/framework/kinds.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { type ApiServer, createApiServer } from '../server.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'

const namespace = 'default'
const labels = { app: 'web' }
const place = { namespace, name: 'web' }

describe('evictions', () => {
  let storage: Storage
  let server: ApiServer
  /** Runs once, right after somebody has read the pod from the store. */
  let afterRead: (() => Promise<unknown>) | undefined

  beforeEach(async () => {
    storage = await openSqlite({ file: ':memory:' })
    afterRead = undefined
    const get: Storage['get'] = async (key, ...rest) => {
      const read = await storage.get(key, ...rest)
      const act = afterRead
      if (key.endsWith('/pods/default/web') && act) {
        afterRead = undefined
        await act()
      }
      return read
    }
    const watched = new Proxy(storage, {
      get(target, name) {
        if (name === 'get') return get
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const clock = new VirtualClock()
    server = await createApiServer({ storage: watched, clock, random: seededRandom(1) })
    const cluster = server.cluster()
    await cluster.create(Pod, {
      metadata: { ...place, labels },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    } as PodObject)
    const budget = await cluster.create(PodDisruptionBudget, {
      metadata: { namespace, name: 'web' },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    })
    const counts = { currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, disruptionsAllowed: 0 }
    const status = { ...counts, observedGeneration: 1 }
    await cluster.update(PodDisruptionBudget, { ...budget, status }, { subresource: 'status' })
  })
  afterEach(async () => {
    await server.close()
    await storage.close()
  })

  const becomes = (phase: string, ready: boolean) => {
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
    const body = { status: { phase, conditions } }
    return server.cluster().patch(Pod, place, { type: 'merge', body }, { subresource: 'status' })
  }
  const evict = (deleteOptions?: object) =>
    server.cluster().createSubresource(Pod, place, 'eviction', {
      kind: 'Eviction',
      apiVersion: 'policy/v1',
      metadata: place,
      ...(deleteOptions && { deleteOptions }),
    })
  const refusedWith = (code: number) => (error: unknown) => {
    assert.ok(error instanceof ApiError)
    assert.equal(error.code, code, error.message)
    return true
  }

  it('take a pod that serves nobody yet, whatever the budget says', async () => {
    await evict({ gracePeriodSeconds: 0 })
    assert.equal(await server.cluster().get(Pod, place), undefined)
  })

  it('are decided anew where the pod begins to serve meanwhile', async () => {
    afterRead = () => becomes('Running', true)
    await assert.rejects(evict({ gracePeriodSeconds: 0 }), refusedWith(429))
    assert.ok(await server.cluster().get(Pod, place))
  })

  it('go on where the pod changes and still serves nobody', async () => {
    afterRead = () => becomes('Pending', false)
    await evict({ gracePeriodSeconds: 0 })
    assert.equal(await server.cluster().get(Pod, place), undefined)
  })

  it('are refused before anything is written where their options mean nothing', async () => {
    const before = await storage.revision()
    for (const options of [{ propagationPolicy: 'Never' }, { dryRun: ['Some'] }])
      await assert.rejects(evict(options), refusedWith(422))
    assert.equal(await storage.revision(), before)
  })

  it('are refused where another pod of that name was meant', async () => {
    await assert.rejects(evict({ preconditions: { uid: 'other' } }), refusedWith(409))
    assert.ok(await server.cluster().get(Pod, place))
  })
})
