import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Deployment, Pod } from '../controllers/framework/index.ts'
import { startWorld, type World, type WorldOptions } from './index.ts'

const web = (image: string, replicas = 3) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image }] },
    },
  },
})

const hashOf = (world: World): string =>
  createHash('sha256')
    .update(
      JSON.stringify(
        world.log.map(({ position, type, ref, after, by, at }) => [
          position,
          type,
          ref,
          after,
          by,
          at,
        ]),
      ),
    )
    .digest('hex')

/** What a Deployment takes, and no more. */
const few: WorldOptions = { builtIn: ['deployment', 'replicaset', 'scheduler', 'node-lifecycle'] }

/** A roll-out, and another one in whose middle the controllers crash. */
async function history(options: WorldOptions): Promise<{ hash: string; names: string[] }> {
  const world = await startWorld(options)
  await world.apply(web('web:1', 1))
  await world.advance('1s')
  await world.apply(web('web:2', 2))
  await world.restart('built-in')
  await world.converge()
  const names = (await world.list(Pod)).map(({ metadata }) => metadata.name ?? '')
  await world.close()
  return { hash: hashOf(world), names }
}

describe('a World', () => {
  it('rolls a Deployment out', async () => {
    const world = await startWorld()
    await world.apply(web('web:1'))
    await world.converge()
    assert.equal((await world.get(Deployment, 'web')).status?.availableReplicas, 3)
    await world.close()
  })

  for (const first of [1, 6, 11, 16])
    it(`has the same history, to the byte, for the same seed: ${first} to ${first + 4}`, async () => {
      for (let seed = first; seed < first + 5; seed++) {
        const once = await history({ ...few, seed })
        assert.deepEqual(await history({ ...few, seed }), once, `seed ${seed}`)
      }
    })

  it('has the same history with all that is built in', async () => {
    assert.deepEqual(await history({ nodes: 3 }), await history({ nodes: 3 }))
  })

  it('has another history for another seed', async () => {
    const [one, other] = [await history(few), await history({ ...few, seed: 2 })]
    assert.notEqual(one.hash, other.hash)
    assert.notDeepEqual(one.names, other.names)
  })

  it('has another order of things for another seed where messages take their time', async () => {
    const orders = new Set<string>()
    for (let seed = 1; seed <= 5; seed++) {
      const world = await startWorld({ ...few, seed, latency: '50ms' })
      await world.apply(web('web:1'))
      await world.converge()
      await world.apply(web('web:2'))
      await world.converge()
      const { status } = await world.get(Deployment, 'web')
      assert.equal(status?.availableReplicas, 3)
      assert.equal(status?.replicas, 3)
      orders.add(JSON.stringify(world.log.map(({ by, type, kind }) => [by, type, kind.kind])))
      await world.close()
    }
    assert.equal(orders.size, 5)
    const delayed = { ...few, latency: '50ms' }
    assert.deepEqual(await history(delayed), await history(delayed))
  })

  it('has the same history beside other Worlds as alone', async () => {
    const alone = await history({ ...few, seed: 3 })
    const together = await Promise.all([3, 4, 3].map((seed) => history({ ...few, seed })))
    assert.deepEqual(together[0], alone)
    assert.deepEqual(together[2], alone)
  })
})
