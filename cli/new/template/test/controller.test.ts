import assert from 'node:assert/strict'
import { Deployment } from '../../../../controllers/framework/index.ts'
import { startWorld, type World } from '../../../../world/index.ts'
import { exampleController } from '../src/controller.ts'
import { Example } from '../src/kind.ts'

/** A real API server, the built-in controllers and a simulated node, on a clock of their own. */
describe('the example controller', () => {
  let world: World
  beforeEach(async () => {
    world = await startWorld({ kinds: [Example], controllers: [exampleController] })
    await world.apply({
      apiVersion: 'example.com/v1',
      kind: 'Example',
      metadata: { name: 'one' },
      spec: { image: 'hello:v1', replicas: 2 },
    })
    await world.converge()
  })
  afterEach(() => world.close())

  it('makes pods, and says when they are ready', async () => {
    const { status } = await world.get(Example, 'one')
    assert.equal(status?.ready, 2)
    assert.equal(status?.conditions?.[0]?.reason, 'AllReady')
  })

  it('follows what people change', async () => {
    await world.cluster.patch(
      Example,
      { namespace: 'default', name: 'one' },
      { type: 'merge', body: { spec: { replicas: 3 } } },
    )
    await world.converge()
    assert.equal((await world.get(Deployment, 'one')).spec?.replicas, 3)
    assert.equal((await world.get(Example, 'one')).status?.ready, 3)
  })

  it('goes on after a crash as if there had been none', async () => {
    const writes = () => world.log.filter(({ by }) => by === 'controllers').length
    const before = writes()
    await world.restart()
    await world.converge()
    assert.equal(writes(), before)
  })

  it('is not asked for what makes no sense', async () => {
    await assert.rejects(
      world.apply({
        apiVersion: 'example.com/v1',
        kind: 'Example',
        metadata: { name: 'two' },
        spec: { image: 'hello world' },
      }),
      /an image has no spaces in its name/,
    )
  })
})
