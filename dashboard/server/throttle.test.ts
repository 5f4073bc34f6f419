import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { Throttle } from './throttle.ts'

describe('work that is wanted often', () => {
  it('is done at once, then once a period, and the last wish is heard', async () => {
    const clock = new VirtualClock()
    const start = clock.monotonic()
    const done: number[] = []
    const throttle = new Throttle(clock, 80, () => done.push(clock.monotonic() - start))
    throttle.want()
    assert.deepEqual(done, [0])
    for (let at = 10; at <= 100; at += 10) {
      await clock.advance(10)
      throttle.want()
    }
    await clock.advance(1_000)
    assert.deepEqual(done, [0, 80, 160])
    throttle.want()
    assert.deepEqual(done, [0, 80, 160, 1_100])
  })

  it('is done at most once a period, and never longer than one after it was wanted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 40 }), async (pauses) => {
        const clock = new VirtualClock()
        const done: number[] = []
        const wanted: number[] = []
        const throttle = new Throttle(clock, 80, () => done.push(clock.monotonic()))
        for (const pause of pauses) {
          wanted.push(clock.monotonic())
          throttle.want()
          await clock.advance(pause)
        }
        await clock.advance(80)
        for (const at of wanted) assert.ok(done.some((each) => each >= at && each <= at + 80))
        done.reduce((last, at) => {
          assert.ok(at - last >= 80)
          return at
        }, Number.NEGATIVE_INFINITY)
      }),
      { numRuns: 50 },
    )
  })

  it('is not done any more when it has ended', async () => {
    const clock = new VirtualClock()
    let done = 0
    const throttle = new Throttle(clock, 80, () => done++)
    throttle.want()
    throttle.want()
    throttle.end()
    await clock.advance(1_000)
    throttle.want()
    assert.equal(done, 1)
  })
})
