import assert from 'node:assert/strict'
import { systemRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import {
  type Cluster,
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  type Controller,
  conditions,
  controller,
  Event,
  installKinds,
  int,
  type Kind,
  kind,
  manifestOf,
  Namespace,
  Node,
  object,
  Pod,
  PreflightError,
  permissionsOf,
  preflight,
  type RequestMeasure,
  Role,
  RoleBinding,
  type RoleObject,
  rolesOf,
  Secret,
  Service,
  startManager,
} from '../framework/index.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { until } from './until.ts'

const Site = kind({ group: 'demo.example.com', name: 'Site' }).version('v1', {
  spec: object({ port: int().default(80) }),
  status: object({ ready: int().optional(), conditions: conditions() }),
})

/** Uses all that a controller may use. */
const site = controller(Site)
  .owns(Service)
  .reads(ConfigMap, { namespace: 'shared' })
  .watches(Node, () => [])
  .writes(Secret)
  .writes(Pod, { subresources: ['eviction'] })
  .finalize(async (_, { apply }) => {
    await apply(Secret, { metadata: { namespace: 'default', name: 'left' } })
  })
  .reconcile(async (one, { read, apply, create, update, patch, remove, live, status, event }) => {
    assert.ok(read(ConfigMap).get('shared', 'known') && read(Node).get('', 'one'))
    const name = one.metadata.name ?? ''
    const ports = [{ port: one.spec.port }]
    // What is applied may be seen before the answer is there.
    const again = read(Service).ownedBy(one.metadata.uid ?? '').length > 0
    const service = await apply(Service, { metadata: { name }, spec: { ports } })
    status({ ready: 1 })
    status.condition('Ready', true, 'Made')
    if (again) return
    const secret = await create(Secret, { metadata: { namespace: 'default', name } })
    await update(Secret, { ...secret, stringData: { a: 'b' } })
    const labels = { a: 'b' }
    await patch(Service, service.metadata as { name: string }, {
      type: 'merge',
      body: { metadata: { labels } },
    })
    await patch(
      Site,
      { namespace: 'default', name },
      { type: 'merge', body: { metadata: { labels } } },
    )
    assert.ok(await live(Secret, { namespace: 'default', name }))
    await remove(Secret, secret, { because: () => true })
    event(one, { type: 'Normal', reason: 'Made', message: 'made' })
  })

describe('the roles of controllers', () => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer()
  })
  afterEach(() => server.close())

  const options = { name: 'site', namespace: 'site-system' }
  const lease = { namespace: options.namespace, name: options.name }

  async function make() {
    const { cluster } = server
    const system = { cluster, clock: systemClock, random: systemRandom, fieldManager: 'test' }
    await installKinds([manifestOf(Site)], system)
    for (const name of ['shared', 'site-system'])
      await cluster.create(Namespace, { metadata: { name } })
    await cluster.create(ConfigMap, { metadata: { namespace: 'shared', name: 'known' } })
    await cluster.create(Node, { metadata: { name: 'one' } })
  }

  /** Makes the roles for a user of their own, and a client who is that user. */
  async function grant(objects: RoleObject[], user: string): Promise<Cluster> {
    const kinds = new Map(
      [Role, RoleBinding, ClusterRole, ClusterRoleBinding].map((one) => [one.kind, one as Kind]),
    )
    const subjects = [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }]
    for (const one of objects) {
      const known = kinds.get(one.kind ?? '')
      if (!known) continue
      const metadata = { ...one.metadata, name: user }
      const named =
        'roleRef' in one ? { subjects, roleRef: { ...one.roleRef, name: user } } : undefined
      await server.cluster.create(known, { ...one, metadata, ...named } as never)
    }
    return server.overHttps({ user, groups: ['system:authenticated'] })
  }

  const run = (cluster: Cluster, ...controllers: Controller[]) =>
    startManager({
      cluster,
      controllers,
      clock: systemClock,
      random: systemRandom,
      component: 'site',
      preflight: true,
      leaderElection: { ...lease, identity: 'a' },
    })

  it('suffice for all that it does, without one refusal', async () => {
    await make()
    const cluster = await grant(rolesOf([site], options), 'exact')
    const manager = run(cluster, site)
    const answers: RequestMeasure[] = []
    const errors: unknown[] = []
    manager.requests$.subscribe((answer) => answers.push(answer))
    manager.reconciles$.subscribe(({ error }) => error && errors.push(error))
    await manager.ready
    const ref = { namespace: 'default', name: 'a' }
    await server.cluster.create(Site, { metadata: { ...ref }, spec: { port: 80 } } as never)
    await until(server.cluster, Site, ([one]) => one?.status?.ready === 1)
    await until(server.cluster, Event, (events) => events.some(({ reason }) => reason === 'Made'))
    await server.cluster.remove(Site, ref)
    await until(server.cluster, Site, (sites) => sites.length === 0)
    await manager.stop()
    assert.deepEqual(errors, [])
    assert.deepEqual(
      answers.filter(({ code }) => code === 403),
      [],
    )
    const did = new Set(answers.map(({ verb, resource }) => `${verb} ${resource}`))
    for (const text of ['patch sites.demo.example.com', 'patch services', 'delete secrets'])
      assert.ok(did.has(text), `${text}: ${[...did]}`)
    for (const text of ['update leases.coordination.k8s.io', 'list configmaps', 'create events'])
      assert.ok(did.has(text), `${text}: ${[...did]}`)
  }).timeout(10_000)

  it('are all needed: the check at start names each that is taken away', async () => {
    await make()
    const roles = rolesOf([site], options)
    const permissions = permissionsOf([site], { leaderElection: lease })
    const stop = new AbortController()
    const check = async (cluster: Cluster) => {
      const system = { clock: systemClock, random: systemRandom, signal: stop.signal }
      try {
        await preflight(permissions, { cluster, ...system })
      } catch (error) {
        if (error instanceof PreflightError) return error
        throw error
      }
      return undefined
    }
    let number = 0
    for (const [at, role] of roles.entries())
      for (const [index, rule] of ('rules' in role ? (role.rules ?? []) : []).entries()) {
        const rules = ('rules' in role ? (role.rules ?? []) : []).toSpliced(index, 1)
        const fewer = roles.toSpliced(at, 1, { ...role, rules } as RoleObject)
        const user = `user-${number++}`
        const error = await check(await grant(fewer, user))
        const place = role.metadata.namespace
        const expected = permissions.filter(
          ({ group, resource, verb, namespace, name }) =>
            namespace === place &&
            rule.apiGroups?.includes(group) &&
            rule.resources?.includes(resource) &&
            rule.verbs.includes(verb) &&
            rule.resourceNames?.[0] === name,
        )
        assert.deepEqual(error?.missing, expected)
        assert.ok(error?.message.startsWith(`${user} may not do all that its controllers declare.`))
        for (const verb of rule.verbs) assert.ok(error.message.includes(`"${verb}"`))
      }
    assert.equal(number, 11)
    assert.equal(await check(await grant(roles, 'all')), undefined)
  }).timeout(20_000)

  it('are what a manager that lacks them asks for, instead of waiting for ever', async () => {
    await make()
    const cluster = await grant([], 'nobody')
    const manager = run(cluster, site)
    await assert.rejects(manager.done, PreflightError)
    await assert.rejects(manager.ready, /- apiGroups: \[""\]\n {2}resources: \["services"\]/)
  })
})
