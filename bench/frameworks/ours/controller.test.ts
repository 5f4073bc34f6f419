import assert from 'node:assert/strict'
import { ConfigMap, Service } from '../../../controllers/framework/index.ts'
import { startWorld, type World } from '../../../world/index.ts'
import { Parent, parentController } from './controller.ts'

describe('the controller that is compared', () => {
  let world: World
  const parent = (text: string) => ({
    apiVersion: 'compare.example.com/v1',
    kind: 'Parent',
    metadata: { name: 'a' },
    spec: { text },
  })
  beforeEach(async () => {
    world = await startWorld({ kinds: [Parent], controllers: [parentController], nodes: 0 })
    await world.apply(parent('one'))
    await world.converge()
  })
  afterEach(() => world.close())

  it('makes both children and says so', async () => {
    assert.deepEqual((await world.get(ConfigMap, 'a')).data, { text: 'one' })
    const { status } = await world.get(Parent, 'a')
    assert.equal(status?.text, 'one')
    assert.equal(status?.address, (await world.get(Service, 'a')).spec?.clusterIP)
  })

  it('follows what changes, and makes again what is lost', async () => {
    await world.apply(parent('two'))
    await world.remove(Service, 'a')
    await world.converge()
    assert.deepEqual((await world.get(ConfigMap, 'a')).data, { text: 'two' })
    assert.ok(await world.get(Service, 'a'))
  })

  it('lets go of a parent only when it has tidied up, and its children go with it', async () => {
    await world.remove(Parent, 'a')
    await world.converge()
    assert.equal(await world.find(Parent, 'a'), undefined)
    assert.equal(await world.find(ConfigMap, 'a'), undefined)
  })
})
