import assert from 'node:assert/strict'
import { every } from './every.ts'
import { VirtualClock } from './virtual-clock.ts'

describe('work that is done again and again', () => {
  it('pauses after each round, goes on after one that failed, and ends when it is told to', async () => {
    const clock = new VirtualClock()
    const begun: number[] = []
    const reported: unknown[] = []
    const start = clock.monotonic()
    const end = every(
      clock,
      100,
      async () => {
        begun.push(clock.monotonic() - start)
        if (begun.length === 1) throw new Error('once')
      },
      (error) => reported.push(error),
    )
    await clock.advance(99)
    assert.deepEqual(begun, [])
    await clock.advance(1)
    await clock.advance(100)
    assert.deepEqual(begun, [100, 200])
    assert.equal(reported.length, 1)
    end()
    await clock.advance(1000)
    assert.equal(begun.length, 2)
  })

  it('has one round under way at most, and none after its end', async () => {
    const clock = new VirtualClock()
    let begun = 0
    let finish = () => {}
    const round = () => {
      begun++
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    }
    const end = every(clock, 100, round, () => assert.fail())
    await clock.advance(1000)
    assert.equal(begun, 1)
    end()
    finish()
    await clock.advance(1000)
    assert.equal(begun, 1)
  })
})
