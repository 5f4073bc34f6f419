import assert from 'node:assert/strict'
import { ConfigMap, Deployment, Service } from '../../controllers/framework/index.ts'
import { startWorld, type World } from '../../world/index.ts'
import { websiteController } from './controller.ts'
import { Website } from './kind.ts'

const argo = {
  apiVersion: 'demo.example.com/v1',
  kind: 'Website',
  metadata: { name: 'argo' },
  spec: { title: 'Argo', replicas: 2, pages: { 'index.html': '<h1>Fifty oars</h1>' } },
}

describe('a website', () => {
  let world: World
  beforeEach(async () => {
    world = await startWorld({ kinds: [Website], controllers: [websiteController] })
  })
  afterEach(() => world?.close())

  const ready = async () => {
    const { status } = await world.get(Website, 'argo')
    return status?.conditions?.find(({ type }) => type === 'Ready')
  }

  it('becomes pages, servers and an address, and says when it answers', async () => {
    await world.apply(argo)
    await world.converge()
    const { data } = await world.get(ConfigMap, 'argo')
    assert.match(data?.['index.html'] ?? '', /<title>Argo<\/title>\n<h1>Fifty oars<\/h1>/)
    assert.equal((await world.get(Service, 'argo')).spec?.type, 'ClusterIP')
    const { status } = await world.get(Website, 'argo')
    assert.equal(status?.ready, 2)
    assert.equal(status.url, 'http://argo.default.svc/')
    assert.equal((await ready())?.status, 'True')
  })

  it('rolls its servers when a page changes, and not otherwise', async () => {
    await world.apply(argo)
    await world.converge()
    const before = await world.get(Deployment, 'argo')
    await world.apply({ ...argo, spec: { ...argo.spec, nodePort: 30_081 } })
    await world.converge()
    const moved = await world.get(Deployment, 'argo')
    assert.equal(moved.metadata.generation, before.metadata.generation)
    await world.apply({ ...argo, spec: { ...argo.spec, title: 'The Argo' } })
    await world.converge()
    const rolled = await world.get(Deployment, 'argo')
    assert.notDeepEqual(rolled.spec?.template, before.spec?.template)
    assert.equal((await ready())?.status, 'True')
  })
})
