import assert from 'node:assert/strict'
import type { Deployment as DeploymentObject } from '../../api/types.ts'
import { ApiError, type AppliedObject, controller, Deployment } from './index.ts'
import { type Site, Site as SiteKind, type Stage, setStage, siteOf } from './testing.ts'

const deploymentOf = ({ metadata, spec }: Site): AppliedObject<DeploymentObject> => ({
  metadata: { name: metadata.name, labels: { site: metadata.name ?? '' } },
  spec: {
    replicas: spec.replicas,
    selector: { matchLabels: { site: metadata.name ?? '' } },
    template: {
      metadata: { labels: { site: metadata.name ?? '' } },
      spec: { containers: [{ name: 'web', image: spec.image }] },
    },
  },
})

const applying = (wanted = deploymentOf) =>
  controller(SiteKind)
    .owns(Deployment)
    .reconcile(async (site, { apply }) => {
      await apply(Deployment, wanted(site))
    })

const toDeployment = 'patch deployments default/a'

describe('apply', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await setStage()
  })
  afterEach(() => stage.close())

  const deployment = () => stage.cluster.get(Deployment, { namespace: 'default', name: 'a' })
  const touch = (text: string) =>
    stage.cluster.patch(
      SiteKind,
      { namespace: 'default', name: 'a' },
      { type: 'merge', body: { metadata: { annotations: { touch: text } } } },
    )

  it("makes what is not there, in the primary's namespace and owned by it", async () => {
    const site = await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(applying())
    await stage.clock.advance(0)
    const made = await deployment()
    assert.equal(made?.spec?.template.spec?.containers[0]?.image, 'web:1')
    assert.deepEqual(made?.metadata.ownerReferences, [
      {
        apiVersion: 'demo.example.com/v1',
        kind: 'Site',
        name: 'a',
        uid: site.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
    const managers = (made?.metadata.managedFields ?? []) as { manager: string }[]
    assert.deepEqual(
      managers.map(({ manager }) => manager),
      ['stage-site'],
    )
  })

  it('sends nothing again while nothing has changed', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(applying())
    await stage.clock.advance(0)
    await touch('1')
    await touch('2')
    await stage.clock.advance(0)
    assert.ok(stage.reconciled.length >= 3, 'it has run again')
    assert.deepEqual(stage.writes, [toDeployment])
  })

  it('sends what has changed, and gives up what is left out', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(
      applying((site) => ({
        ...deploymentOf(site),
        metadata: {
          name: site.metadata.name,
          ...(site.spec.image === 'web:1' ? { annotations: { first: 'yes' } } : {}),
        },
      })),
    )
    await stage.clock.advance(0)
    assert.equal((await deployment())?.metadata.annotations?.first, 'yes')
    await stage.cluster.patch(
      SiteKind,
      { namespace: 'default', name: 'a' },
      { type: 'merge', body: { spec: { image: 'web:2' } } },
    )
    await stage.clock.advance(0)
    const made = await deployment()
    assert.equal(made?.metadata.annotations?.first, undefined)
    assert.equal(made?.spec?.template.spec?.containers[0]?.image, 'web:2')
  })

  it('mends what others have changed', async () => {
    await stage.cluster.create(SiteKind, siteOf('a', { replicas: 2 }))
    await stage.run(applying())
    await stage.clock.advance(0)
    const body = { spec: { replicas: 5 } }
    await stage.cluster.patch(
      Deployment,
      { namespace: 'default', name: 'a' },
      { type: 'merge', body },
    )
    await stage.clock.advance(0)
    assert.equal((await deployment())?.spec?.replicas, 2)
  })

  it('leaves to others what it does not mention', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(applying())
    await stage.clock.advance(0)
    const body = { spec: { paused: true }, metadata: { labels: { theirs: 'x' } } }
    await stage.cluster.patch(
      Deployment,
      { namespace: 'default', name: 'a' },
      { type: 'merge', body },
    )
    await stage.clock.advance(0)
    const made = await deployment()
    assert.equal(made?.spec?.paused, true)
    assert.equal(made?.metadata.labels?.theirs, 'x')
    const sent = stage.writes.length
    await touch('1')
    await stage.clock.advance(0)
    assert.equal(stage.writes.length, sent, 'what others own is no reason to send')
  })

  it('sends again after a restart, once, and the server writes nothing', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    const manager = await stage.run(applying())
    await stage.clock.advance(0)
    const before = (await deployment())?.metadata.resourceVersion
    await manager.stop()
    await stage.run(applying())
    await stage.clock.advance(0)
    await touch('1')
    await stage.clock.advance(0)
    assert.deepEqual(stage.writes, [toDeployment, toDeployment])
    assert.equal((await deployment())?.metadata.resourceVersion, before)
  })

  it('sends again when nobody knows what became of it', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    stage.trouble = () => (stage.writes.length === 1 ? 'lose the answer' : undefined)
    await stage.run(applying())
    await stage.clock.advance(1_000)
    assert.deepEqual(stage.writes, [toDeployment, toDeployment])
  })

  it('sends again what it had applied before one that failed', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    stage.trouble = () =>
      stage.writes.length === 2 ? { refuse: new ApiError(403, 'Forbidden', 'not now') } : undefined
    let image = 'web:1'
    await stage.run(applying((site) => deploymentOf({ ...site, spec: { ...site.spec, image } })))
    await stage.clock.advance(0)
    image = 'web:2'
    await touch('1')
    image = 'web:1'
    await stage.clock.advance(1_000)
    assert.deepEqual(stage.writes, [toDeployment, toDeployment, toDeployment])
  })

  it('makes again what somebody has deleted', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(applying())
    await stage.clock.advance(0)
    const first = (await deployment())?.metadata.uid
    await stage.cluster.remove(Deployment, { namespace: 'default', name: 'a' })
    await stage.clock.advance(0)
    const second = (await deployment())?.metadata.uid
    assert.ok(second && second !== first)
  })

  it('is always sent for a kind that is not looked at', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(
      controller(SiteKind)
        .writes(Deployment)
        .reconcile(async (site, { apply }) => {
          await apply(Deployment, deploymentOf(site))
        }),
    )
    await stage.clock.advance(0)
    await touch('1')
    await stage.clock.advance(0)
    assert.deepEqual(stage.writes, [toDeployment, toDeployment])
    assert.equal((await deployment())?.metadata.ownerReferences, undefined)
  })

  it('is always sent for a kind whose changes run nothing: nobody would mend it otherwise', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    await stage.run(
      controller(SiteKind)
        .reads(Deployment)
        .writes(Deployment)
        .reconcile(async (site, { apply }) => {
          await apply(Deployment, deploymentOf(site))
        }),
    )
    await stage.clock.advance(0)
    await touch('1')
    await stage.clock.advance(0)
    assert.deepEqual(stage.writes, [toDeployment, toDeployment])
  })

  it('says what is wrong with an object that has no name or no namespace', async () => {
    await stage.cluster.create(SiteKind, siteOf('a'))
    const wrong: string[] = []
    await stage.run(
      controller(SiteKind)
        .owns(Deployment)
        .reconcile(async (_, { apply }) => {
          await apply(Deployment, { metadata: {} }).catch((error: Error) =>
            wrong.push(error.message),
          )
        }),
    )
    await stage.clock.advance(0)
    assert.deepEqual(wrong, ['Deployment needs a metadata.name to be applied'])
  })
})
