import assert from 'node:assert/strict'
import { advance, otherSpeed } from './playback.ts'

const stops = [0, 1000, 2000, 3_600_000].map((time, index) => ({
  revision: index + 1,
  time,
  notable: false,
}))
const start = { revision: 1, time: 0 }

describe('playing the past', () => {
  it('goes as fast as it is told', () => {
    assert.deepEqual(advance(stops, start, 1, 500), { revision: 1, time: 500, ended: false })
    assert.deepEqual(advance(stops, start, 1, 1000), { revision: 2, time: 1000, ended: false })
    assert.deepEqual(advance(stops, start, 4, 250), { revision: 2, time: 1000, ended: false })
    assert.equal(advance(stops, start, 0.25, 1000).time, 250)
  })

  it('does not sit through an hour in which nothing happens', () => {
    const { time, ended } = advance(stops, { revision: 3, time: 2000 }, 1, 100)
    assert.equal(time, 3_600_000 - 1200 + 100)
    assert.equal(ended, false)
  })

  it('ends at the last stop', () => {
    const near = { revision: 3, time: 3_599_990 }
    assert.deepEqual(advance(stops, near, 1, 50), { revision: 4, time: 3_600_000, ended: true })
    assert.equal(advance(stops, { revision: 4, time: 3_600_000 }, 1, 16).ended, true)
    assert.equal(advance([], start, 1, 16).ended, true)
  })

  it('has a slowest and a fastest speed', () => {
    assert.equal(otherSpeed(1, 1), 2)
    assert.equal(otherSpeed(1, -1), 0.5)
    assert.equal(otherSpeed(32, 1), 32)
    assert.equal(otherSpeed(0.25, -1), 0.25)
  })
})
