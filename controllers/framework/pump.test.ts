import assert from 'node:assert/strict'
import { drain } from '../../ports/virtual-clock.ts'
import { Pump } from './pump.ts'

const keys = Array.from({ length: 100 }, (_, at) => ({ namespace: 'n', name: String(at) }))

describe('pump', () => {
  it('lets everything else have its turn while many keys have nothing to do', async () => {
    const waiting = [...keys]
    let worked = 0
    const pump = new Pump({
      concurrency: 4,
      take: () => waiting.shift(),
      work: async () => {
        worked++
        return async () => {}
      },
      idle: () => {},
    })
    pump.start()
    const perTurn: number[] = []
    while (worked < keys.length) {
      const before = worked
      await new Promise((resolve) => setImmediate(resolve))
      perTurn.push(worked - before)
    }
    assert.ok(Math.max(...perTurn) <= 64, `${perTurn} in one turn`)
    await drain()
    await pump.stop()
  })

  it('gives the place of a key that only waits to the next one', async () => {
    const waiting = keys.slice(0, 3)
    const begun: string[] = []
    let seen = () => {}
    const parked = new Promise<void>((resolve) => {
      seen = resolve
    })
    const pump = new Pump({
      concurrency: 1,
      take: () => waiting.shift(),
      work: async ({ name }) => {
        begun.push(name)
        return () => parked
      },
      idle: () => {},
    })
    pump.start()
    await drain()
    assert.deepEqual(begun, ['0', '1', '2'])
    assert.equal(pump.running, 0)
    let stopped = false
    const stopping = pump.stop().then(() => {
      stopped = true
    })
    await drain()
    assert.equal(stopped, false, 'a key that was taken is not done with')
    seen()
    await stopping
  })
})
