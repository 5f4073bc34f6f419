import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { Flusher } from './flusher.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('flusher', () => {
  let clock: VirtualClock
  let flusher: Flusher
  let flushed = 0
  const schedule = (count: number) => {
    for (let index = 0; index < count; index++)
      flusher.schedule(() => {
        flushed++
      })
  }

  beforeEach(() => {
    clock = new VirtualClock()
    flusher = new Flusher(clock)
    flushed = 0
  })

  it('lets a few go at the end of the turn, however often', async () => {
    for (let round = 1; round <= 5; round++) {
      schedule(10)
      assert.equal(flushed, (round - 1) * 10)
      await turn()
      assert.equal(flushed, round * 10)
    }
  })

  it('lets many go in rounds of four milliseconds', async () => {
    schedule(100)
    await turn()
    assert.equal(flushed, 100)
    schedule(100)
    await turn()
    await clock.advance(3)
    schedule(5)
    assert.equal(flushed, 100)
    await clock.advance(1)
    assert.equal(flushed, 205)
    await clock.advance(4)
    schedule(100)
    await turn()
    assert.equal(flushed, 305)
  })

  it('lets very many go a slice a turn', async () => {
    schedule(600)
    await turn()
    assert.equal(flushed, 256)
    await turn()
    await turn()
    assert.equal(flushed, 600)
  })
})
