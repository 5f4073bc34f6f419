import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { foldedScale, ticksOf } from './scale.ts'

const minute = 60_000
/** A rollout of ten seconds, an idle hour, another rollout. */
const times = [
  ...Array.from({ length: 11 }, (_, second) => second * 1000),
  ...Array.from({ length: 11 }, (_, second) => 60 * minute + second * 1000),
]

describe('the axis of time', () => {
  it('folds the hour in which nothing happened, so that both rollouts can be read', () => {
    const scale = foldedScale(times, 0, 60 * minute + 10_000)
    assert.equal(scale.folds.length, 1)
    const first = scale.place(10_000) - scale.place(0)
    const second = scale.place(60 * minute + 10_000) - scale.place(60 * minute)
    assert.ok(first > 0.3 && second > 0.3, `${first} ${second}`)
    assert.equal(scale.folds[0]!.length, 60 * minute - 10_000)
  })

  it('folds nothing where something happens all the time', () => {
    assert.deepEqual(foldedScale(times.slice(0, 11), 0, 10_000).folds, [])
    assert.deepEqual(foldedScale([], 0, 60 * minute).folds, [])
  })

  it('finds a time where it put it, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(10_000_000), { maxLength: 40 }),
        fc.nat(10_000_000),
        fc.nat(10_000_000),
        (some, a, b) => {
          const scale = foldedScale(
            some.sort((x, y) => x - y),
            0,
            10_000_000,
          )
          assert.ok(Math.abs(scale.time(scale.place(a)) - a) < 1)
          assert.ok(
            a <= b === scale.place(a) <= scale.place(b) || scale.place(a) === scale.place(b),
          )
        },
      ),
    )
  })

  it('puts what is outside at its ends', () => {
    const scale = foldedScale(times, 0, 10_000)
    assert.equal(scale.place(-5), 0)
    assert.equal(scale.place(99_000), 1)
  })

  it('writes round times, none within a fold and none over another', () => {
    const scale = foldedScale(times, 0, 60 * minute + 10_000)
    const ticks = ticksOf(scale, 8)
    assert.ok(ticks.length >= 4, String(ticks.length))
    for (const { place, time } of ticks) {
      assert.equal(time % 500, 0)
      assert.ok(!scale.folds.some((fold) => place > fold.from && place < fold.to))
    }
    const places = ticks.map(({ place }) => place).sort((a, b) => a - b)
    for (const [n, place] of places.entries())
      if (n > 0) assert.ok(place - places[n - 1]! > 0.09, `${places}`)
  })
})
