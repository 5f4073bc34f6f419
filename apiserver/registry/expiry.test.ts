import assert from 'node:assert/strict'
import { Event } from '../../controllers/framework/kinds.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { createApiServer } from '../server.ts'
import { openSqlite } from '../storage/sqlite.ts'

const event = (name: string) => ({
  metadata: { name, namespace: 'default' },
  involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
  reason: 'Tested',
  type: 'Normal',
})
const hour = 3_600_000

describe('expiry', () => {
  it('takes events away an hour after they were last written', async () => {
    const clock = new VirtualClock()
    const storage = await openSqlite({ file: ':memory:' })
    const server = await createApiServer({ storage, clock, random: seededRandom(1) })
    const cluster = server.cluster()
    const names = async () => (await cluster.list(Event)).items.map(({ metadata }) => metadata.name)
    await cluster.create(Event, event('once') as never)
    await cluster.create(Event, event('again') as never)
    await clock.advance(hour / 2)
    await cluster.patch(
      Event,
      { namespace: 'default', name: 'again' },
      { type: 'merge', body: { count: 2 } },
    )
    await clock.advance(hour / 2 - 120_000)
    assert.deepEqual(await names(), ['again', 'once'])
    await clock.advance(240_000)
    assert.deepEqual(await names(), ['again'])
    await clock.advance(hour / 2)
    assert.deepEqual(await names(), [])
    await server.close()
    await storage.close()
  })

  it('goes by the times in the object where it was not there to see the write', async () => {
    const storage = await openSqlite({ file: ':memory:' })
    const first = new VirtualClock()
    const one = await createApiServer({ storage, clock: first, random: seededRandom(1) })
    await one.cluster().create(Event, event('old') as never)
    await one.close()
    const later = new VirtualClock(first.now() + hour - 120_000)
    const other = await createApiServer({ storage, clock: later, random: seededRandom(2) })
    await later.advance(60_000)
    assert.equal((await other.cluster().list(Event)).items.length, 1)
    await later.advance(180_000)
    assert.equal((await other.cluster().list(Event)).items.length, 0)
    await other.close()
    await storage.close()
  })
})
