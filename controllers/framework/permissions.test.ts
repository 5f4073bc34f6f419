import assert from 'node:assert/strict'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { ApiError, type Cluster, ConnectionError } from './cluster.ts'
import { anyKind, type Controller, controller } from './controller.ts'
import { ConfigMap, Deployment, Node, Pod, Secret } from './kinds.ts'
import { type PermissionOptions, permissionsOf, rulesOf } from './permissions.ts'
import { PreflightError, preflight } from './preflight.ts'

const idle = async () => undefined

describe('what declarations need', () => {
  /** `NAMESPACE GROUP RESOURCE: VERBS` of each rule. */
  const texts = (controllers: Controller[], options?: PermissionOptions) => {
    const permissions = permissionsOf(controllers, options)
    const places = [...new Set(permissions.map(({ namespace }) => namespace))]
    return places.flatMap((place) =>
      rulesOf(permissions.filter(({ namespace }) => namespace === place)).map(
        ({ apiGroups, resources, resourceNames = [], verbs }) =>
          [place ?? '*', apiGroups, resources.join(), ...resourceNames, verbs.join()]
            .join(' ')
            .trim(),
      ),
    )
  }

  it('is reads of what is read, writes of what is written, and no more', () => {
    const one = controller(ConfigMap)
      .reads(Secret)
      .watches(Pod, () => [])
      .reconcile(idle)
    assert.deepEqual(texts([one]), [
      '*  configmaps get,list,watch,update,patch',
      '*  configmaps/status update,patch',
      '*  events create,patch',
      '*  pods,secrets get,list,watch',
    ])
    const two = controller(ConfigMap)
      .owns(Deployment)
      .writes(Node, { subresources: ['status'] })
      .reconcile(idle)
    assert.deepEqual(texts([two]).slice(1), [
      '*  configmaps/finalizers update',
      '*  configmaps/status update,patch',
      '*  events create,patch',
      '*  nodes get,create,update,patch,delete',
      '*  nodes/status create,update,patch',
      '* apps deployments get,list,watch,create,update,patch,delete',
    ])
  })

  it('is of the namespaces that are looked at, except for what has none', () => {
    const one = controller(Node)
      .reads(Secret, { namespace: 'shared' })
      .reads(ConfigMap)
      .reconcile(idle)
    assert.deepEqual(texts([one], { watchNamespace: 'apps' }), [
      '*  nodes get,list,watch,update,patch',
      '*  nodes/status update,patch',
      'apps  configmaps get,list,watch',
      'apps  events create,patch',
      'default  events create,patch',
      'shared  secrets get,list,watch',
    ])
  })

  it('says once what several need, and nothing for one namespace that holds for all', () => {
    const wide = controller(ConfigMap).reads(Secret).reconcile(idle)
    const narrow = controller(ConfigMap).reads(Secret, { namespace: 'shared' }).reconcile(idle)
    assert.deepEqual(texts([narrow, wide]), texts([wide]))
  })

  it('is everything where any kind is written, and its lease and definitions by name', () => {
    const one = controller(ConfigMap).writes(anyKind).reconcile(idle)
    const options = {
      leaderElection: { namespace: 'system', name: 'one' },
      installs: ['sites.demo.example.com'],
    }
    const all = texts([one], options)
    assert.ok(all.includes('* * * get,create,update,patch,delete'))
    assert.deepEqual(all.slice(-2), [
      'system coordination.k8s.io leases create',
      'system coordination.k8s.io leases one get,update',
    ])
    assert.ok(
      all.includes(
        '* apiextensions.k8s.io customresourcedefinitions sites.demo.example.com get,patch',
      ),
    )
  })
})

describe('the check at start', () => {
  const permissions = permissionsOf([controller(ConfigMap).owns(Secret).reconcile(idle)])
  const asking = (answer: (number: number) => Promise<boolean>) => {
    const clock = new VirtualClock()
    const state = { asked: 0, now: 0, most: 0 }
    const create = async () => {
      state.now++
      state.most = Math.max(state.most, state.now)
      try {
        return { status: { allowed: await answer(state.asked++) } }
      } finally {
        state.now--
      }
    }
    const cluster = { create } as unknown as Cluster
    const stop = new AbortController()
    const options = { cluster, clock, random: seededRandom(1), signal: stop.signal }
    return { clock, state, stop, done: preflight(permissions, options) }
  }

  it('asks eight questions at a time', async () => {
    const { state, done } = asking(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return true
    })
    await done
    assert.deepEqual([state.asked, state.most], [permissions.length, 8])
  })

  it('asks again, ever more slowly, while nobody answers, and stops when it is told to', async () => {
    const { clock, state, stop, done } = asking(async () => {
      throw new ConnectionError('down')
    })
    await clock.advance(0)
    assert.equal(state.asked, 8)
    await clock.advance(60_000)
    assert.ok(state.asked > 8 * 6 && state.asked < 8 * 25, `${state.asked}`)
    stop.abort(new Error('enough'))
    await assert.rejects(done, /enough/)
    assert.equal(clock.next(), undefined)
  })

  it('goes on once the server answers, and does not take an error for a refusal', async () => {
    const { clock, done } = asking(async (number) => {
      if (number < 8) throw new ApiError(503, 'ServiceUnavailable', 'later')
      return true
    })
    await clock.advance(1_000)
    await done
    const broken = asking(async () => {
      throw new ApiError(404, 'NotFound', 'no such kind')
    })
    await assert.rejects(broken.done, /no such kind/)
  })

  it('names all that is missing, in the order in which it stands in roles', async () => {
    const { done } = asking(async (number) => number % 2 === 0)
    await assert.rejects(done, (error: unknown) => {
      assert.ok(error instanceof PreflightError)
      assert.deepEqual(
        error.missing,
        permissions.filter((_, at) => at % 2 === 1),
      )
      return true
    })
  })
})
