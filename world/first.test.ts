import assert from 'node:assert/strict'
import {
  controller,
  Deployment,
  int,
  kind,
  object,
  string,
} from '../controllers/framework/index.ts'
import { startWorld } from './index.ts'

const Site = kind({ group: 'demo.example.com', name: 'Site' }).version('v1', {
  spec: object({ image: string(), replicas: int().min(0).default(1) }),
  status: object({ ready: int().optional() }),
})

const siteController = controller(Site)
  .owns(Deployment)
  .reconcile(async ({ metadata: { name = '' }, spec }, { apply, status }) => {
    const labels = { site: name }
    const containers = [{ name: 'main', image: spec.image }]
    const deployment = await apply(Deployment, {
      metadata: { name },
      spec: {
        replicas: spec.replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    })
    status({ ready: deployment.status?.readyReplicas ?? 0 })
    return undefined
  })

describe('a first test of a controller', () => {
  it('has five lines', async () => {
    await using world = await startWorld({ kinds: [Site], controllers: [siteController] })
    await world.apply(Site.make({ metadata: { name: 'a' }, spec: { image: 'web:1' } }))
    await world.converge()
    assert.equal((await world.get(Site, 'a')).status?.ready, 1)
  })

  it('may go on: crashes, quiet watches, time', async () => {
    await using world = await startWorld({ kinds: [Site], controllers: [siteController] })
    const end = world.inject(({ process, sequence }) =>
      process === 'controllers' && sequence === 1 ? { type: 'crash', applied: true } : undefined,
    )
    await world.apply(Site.make({ metadata: { name: 'a' }, spec: { image: 'web:1' } }))
    await world.converge()
    end()
    const cut = world.cut(Deployment)
    await world.apply(Site.make({ metadata: { name: 'a' }, spec: { image: 'web:1', replicas: 3 } }))
    await world.advance('10m')
    assert.equal((await world.get(Site, 'a')).status?.ready, 1)
    await cut.heal('relist')
    await world.converge()
    assert.equal((await world.get(Site, 'a')).status?.ready, 3)
  })

  it('tells that a kind was forgotten', async () => {
    await using world = await startWorld({ controllers: [siteController] })
    await world.converge()
    assert.match(
      world.problems.map(({ error }) => String(error)).join(),
      /the server has no sites\.demo\.example\.com, .*startWorld\(\{ kinds/,
    )
  })

  it('refuses kinds that were not declared with a schema, and objects that say no kind', async () => {
    await assert.rejects(
      startWorld({ kinds: [Deployment as never] }),
      /kinds\[0\] was not made by kind/,
    )
    await assert.rejects(startWorld({ objects: [{ metadata: {} }] }), /needs apiVersion and kind/)
  })
})
