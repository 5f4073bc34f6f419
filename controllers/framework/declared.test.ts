/** What the compiler and, where it was talked out of it, the run refuse: kinds that were not declared. */

import assert from 'node:assert/strict'
import type { Deployment as DeploymentObject, Pod as PodObject } from '../../api/types.ts'
import {
  ConfigMap,
  type Context,
  type ContextOf,
  controller,
  Deployment,
  type Kind,
  Node,
  Pod,
  projected,
  requeue,
  Secret,
  Service,
} from './index.ts'
import { Plan, type Site, Site as SiteKind, type Stage, setStage, siteOf } from './testing.ts'

/** Never run: it stands here to be compiled. */
export const typed = controller(SiteKind)
  .owns(Deployment)
  .watches(ConfigMap, () => [])
  .reads(Node)
  .writes(Service)
  .finalize(async (site, { read, apply, remove }) => {
    read(Deployment).list()
    await apply(Service, { metadata: { name: site.metadata.name } })
    // @ts-expect-error a Secret is not declared, though it has all the fields of a ConfigMap
    read(Secret)
    // @ts-expect-error a ConfigMap is read only
    await remove(ConfigMap, { metadata: {} }, { because: () => true })
  })
  .reconcile(async (site, { read, live, apply, create, update, patch, remove, status }) => {
    const ref = { namespace: 'default', name: site.metadata.name ?? '' }
    read(SiteKind).get('default', 'a')?.spec.image.trim()
    read(Deployment).get('default', 'a')?.spec?.replicas?.toFixed()
    read(ConfigMap).list()
    await live(Service, ref)
    await update(SiteKind, site)
    await create(Service, { metadata: ref })
    await patch(Deployment, ref, { type: 'merge', body: {} })
    const deployment = await apply(Deployment, { metadata: ref, spec: { replicas: 1 } })
    await remove(Deployment, deployment, {
      because: (now) => now !== undefined && now.spec.replicas === 0,
    })
    status({ ready: deployment.status?.readyReplicas ?? 0 })
    status.condition('Ready', true, 'Fine')

    // @ts-expect-error not declared
    read(Secret)
    // @ts-expect-error written, but not watched
    read(Service)
    // @ts-expect-error not declared
    await live(Secret, ref)
    // @ts-expect-error read only
    await apply(ConfigMap, { metadata: ref })
    // @ts-expect-error read only
    await create(Node, { metadata: ref })
    // @ts-expect-error read only
    await update(ConfigMap, { metadata: ref })
    // @ts-expect-error not declared
    await patch(Secret, ref, { type: 'merge', body: {} })
    // @ts-expect-error not declared
    await remove(Secret, { metadata: ref }, { because: () => true })
    // @ts-expect-error nothing is removed without a reason
    await remove(Deployment, deployment, {})
    // @ts-expect-error the primary is a Site
    await remove(Deployment, deployment, { because: (now) => now?.spec.replica === 0 })
    // @ts-expect-error a Deployment has no such field
    await apply(Deployment, { metadata: ref, spec: { replica: 1 } })
    // @ts-expect-error replicas are counted
    await apply(Deployment, { metadata: ref, spec: { replicas: '1' } })
    // @ts-expect-error the status of others is not applied
    await apply(Deployment, { metadata: ref, status: { replicas: 1 } })
    // @ts-expect-error a Site's status has no such field
    status({ redy: 1 })
    // @ts-expect-error
    status.condition('Ready', 'Maybe', 'Fine')
  })

export const mapped = controller(SiteKind)
  .reads(Node)
  .watches(ConfigMap, (configMap, read) => {
    read(Node).list()
    // @ts-expect-error not declared yet
    read(Secret)
    return [{ namespace: configMap.metadata.namespace ?? '', name: 'a' }]
  })
  .reads(Secret)
  .reconcile(async () => requeue.after('1h30m'))

export const statusless = controller(Plan).reconcile(async (_, { status }) => {
  // @ts-expect-error a Plan has no status
  status({ any: 1 })
  // @ts-expect-error that is no length of time
  return requeue.after('10 seconds')
})

const SecretKeys = projected(Secret, ({ data }) => ({ keys: Object.keys(data ?? {}) }))

export const partly = controller(SiteKind)
  .reads(SecretKeys)
  .reconcile(async (_, { read }) => {
    read(SecretKeys).get('default', 'tls')?.keys.join()
    // @ts-expect-error that part is not kept
    read(SecretKeys).get('default', 'tls')?.data
    // @ts-expect-error only a part of it is declared
    read(Secret)
  })

const declared = controller(SiteKind).owns(Deployment).reads(Node)
type SiteContext = ContextOf<typeof declared>

/** Functions of their own take the whole context or less. */
export async function whole(site: Site, { apply, status }: SiteContext): Promise<void> {
  await apply(Deployment, { metadata: { name: site.metadata.name } })
  status({ ready: 0 })
}
export const less = ({ read }: Context<DeploymentObject>) => read(Deployment).list()
export const other = ({ read }: Context<PodObject>) => read(Pod).list()

export const composed = declared.reconcile(async (site, context) => {
  await whole(site, context)
  less(context)
  // @ts-expect-error it reads pods, which are not declared
  other(context)
})

describe('what cannot be declared', () => {
  it('is a kind of which two parts are looked at', () => {
    const site = controller(SiteKind).owns(ConfigMap, { labelSelector: 'site' })
    assert.throws(
      () => site.reads(ConfigMap),
      /site declares ConfigMap with two scopes \(\.owns and \.reads\): give both the wider one/,
    )
    assert.doesNotThrow(() =>
      site
        .watches(ConfigMap, () => [], { labelSelector: 'site' })
        .writes(ConfigMap)
        .reads(SecretKeys)
        .reads(Secret, { namespace: 'default' }),
    )
  })

  it('are fewer keys at once than one, or too many', () => {
    for (const count of [0, 65, 1.5, Number.NaN])
      assert.throws(
        () => controller(SiteKind).concurrency(count),
        new RegExp(`cannot run ${count} keys at once`),
      )
  })
})

describe('what is not declared', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await setStage()
    await stage.cluster.create(SiteKind, siteOf('a'))
  })
  afterEach(() => stage.close())

  const undeclared = <T>(kind: Kind<T>) => kind as never

  it('is neither read nor written, whatever the compiler was told', async () => {
    await stage.run(
      controller(SiteKind)
        .named('reader')
        .reconcile(async (_, { read }) => {
          read(undeclared(Secret))
        }),
      controller(SiteKind)
        .named('writer')
        .reads(ConfigMap)
        .reconcile(async (_, { create }) => {
          await create(undeclared(ConfigMap), undeclared(ConfigMap))
        }),
    )
    await stage.clock.advance(0)
    assert.deepEqual([...new Set(stage.errors)].sort(), [
      'reader reads Secret, which is not among its inputs: declare it with .owns, .watches or .reads',
      'writer writes ConfigMap, which it does not own: declare it with .owns or .writes',
    ])
    assert.deepEqual(stage.writes, [])
  })

  it('is not read live either, and what is, is read from a namespace', async () => {
    const site = controller(SiteKind).reads(ConfigMap)
    await stage.run(
      site.named('secret').reconcile(async (_, { live }) => {
        await live(undeclared(Secret), { namespace: 'default', name: 'x' })
      }),
      site.named('nowhere').reconcile(async (_, { live }) => {
        await live(ConfigMap, { name: 'x' })
      }),
    )
    await stage.clock.advance(0)
    assert.deepEqual([...new Set(stage.errors)].sort(), [
      'ConfigMap x needs a namespace to be read from',
      'secret reads Secret, which is not among its inputs: declare it with .owns, .watches or .reads',
    ])
  })

  it('is no object of another namespace that the primary would own', async () => {
    await stage.run(
      controller(SiteKind)
        .owns(ConfigMap)
        .reconcile(async (_, { apply }) => {
          await apply(ConfigMap, { metadata: { namespace: 'kube-system', name: 'x' } })
        }),
    )
    await stage.clock.advance(0)
    assert.match(String(stage.errors[0]), /Site default\/a cannot own ConfigMap kube-system\/x/)
  })

  it('cannot be owned from inside a namespace when it is outside of all', () => {
    assert.throws(() => controller(SiteKind).owns(Node), /Site cannot own Node/)
  })
})

describe('what a run answers and throws', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await setStage()
    await stage.cluster.create(SiteKind, siteOf('a'))
  })
  afterEach(() => stage.close())

  const told = async (reconcile: () => unknown) => {
    await stage.run(controller(SiteKind).reconcile(reconcile as () => Promise<undefined>))
    await stage.clock.advance(0)
    return stage.errors[0]
  }

  for (const answer of [{ requeue: true }, '10s', true, { requeueAfter: Number.NaN }])
    it(`is refused when it is ${JSON.stringify(answer)}`, async () => {
      assert.match(
        String(await told(async () => answer)),
        /site default\/a answered .*requeue\.after/,
      )
    })

  for (const reason of ['boom', undefined, { code: 5 }])
    it(`is told of as an error when it is ${JSON.stringify(reason)}`, async () => {
      const error = await told(async () => {
        throw reason
      })
      assert.match(String(error), /site default\/a threw .*: throw an Error/)
    })

  it('never runs a key again at the same moment', async () => {
    let runs = 0
    assert.equal(
      await told(async () => {
        runs++
        return requeue.after(0)
      }),
      undefined,
    )
    const before = runs
    await stage.clock.advance(5)
    assert.equal(runs, before + 5)
  })

  it('is a list of keys, where it is a mapper', async () => {
    await stage.cluster.create(ConfigMap, { metadata: { namespace: 'default', name: 'x' } })
    const map = (() => undefined) as unknown as () => []
    await stage.run(
      controller(SiteKind)
        .watches(ConfigMap, map)
        .reconcile(async () => {}),
    )
    assert.match(
      String(stage.errors[0]),
      /site watches ConfigMap with a mapper that answered undefined/,
    )
  })
})
