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

  it('cannot be owned from inside a namespace when it is outside of all', () => {
    assert.throws(() => controller(SiteKind).owns(Node), /Site cannot own Node/)
  })
})
