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

/** A roll-out, one that fails and is taken back, and a crash in the middle. */
async function history(options: WorldOptions): Promise<{ hash: string; names: string[] }> {
  const world = await startWorld(options)
  await world.apply(web('web:1'))
  await world.converge()
  await world.apply(web('web.invalid/none:2'))
  await world.advance('30s')
  await world.restart('built-in')
  await world.apply(web('web:1', 2))
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

  it('has the same history, to the byte, for the same seed', async () => {
    for (let seed = 1; seed <= 20; seed++)
      assert.deepEqual(await history({ seed }), await history({ seed }), `seed ${seed}`)
  })

  it('has another history for another seed', async () => {
    const [one, other] = [await history({ seed: 1 }), await history({ seed: 2 })]
    assert.notEqual(one.hash, other.hash)
    assert.notDeepEqual(one.names, other.names)
  })

  it('has the same history beside other Worlds as alone', async () => {
    const alone = await history({ seed: 3 })
    const together = await Promise.all([3, 4, 3].map((seed) => history({ seed })))
    assert.deepEqual(together[0], alone)
    assert.deepEqual(together[2], alone)
  })
})
