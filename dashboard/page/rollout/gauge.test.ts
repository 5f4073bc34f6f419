import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { gaugeBar, gaugeText, segmentsOf } from './gauge.ts'

const gauge = {
  desired: 4,
  floor: 3,
  ceiling: 5,
  oldAvailable: 3,
  oldUnready: 0,
  newAvailable: 1,
  newStarting: 1,
  terminating: 2,
}

describe('the gauge', () => {
  it('puts the available pods first, so that they stand against the floor', () => {
    const { segments, floor, desired, ceiling } = gaugeBar(gauge, 0.25)
    assert.deepEqual(
      segments.map(({ kind, from, to }) => [kind, from, to]),
      [
        ['old-available', 0, 0.6],
        ['new-available', 0.6, 0.8],
        ['old-unready', 0.8, 0.8],
        ['new-starting', 0.8, 1],
      ],
    )
    assert.deepEqual([floor, desired, ceiling], [0.6, 0.8, 1])
  })

  it('keeps terminating pods out of the bar, and within their own room', () => {
    assert.equal(gaugeBar({ ...gauge, terminating: 1 }, 0.4).terminating, 0.5)
    assert.equal(gaugeBar({ ...gauge, terminating: 100 }, 0.25).terminating, 1)
  })

  it('has room for more pods than the ceiling allows, and shows where that is', () => {
    const bar = gaugeBar({ ...gauge, newStarting: 6 }, 0.25)
    assert.equal(bar.scale, 10)
    assert.equal(bar.ceiling, 0.5)
  })

  it('never draws outside', () => {
    const count = fc.nat(2000)
    fc.assert(
      fc.property(fc.tuple(count, count, count, count, count, count), (counts) => {
        const [oldAvailable, oldUnready, newAvailable, newStarting, terminating, desired] = counts
        const some = { oldAvailable, oldUnready, newAvailable, newStarting, terminating, desired }
        const bar = gaugeBar({ ...some, floor: desired, ceiling: desired }, 0.25)
        const places = bar.segments.flatMap(({ from, to }) => [from, to])
        for (const place of [...places, bar.floor, bar.ceiling, bar.terminating])
          assert.ok(place >= 0 && place <= 1 + 1e-9, String(place))
      }),
    )
  })

  it('says the same in words, and when the bounds are broken', () => {
    assert.equal(
      gaugeText(gauge),
      '3 old available, 1 new available, 1 new starting, 2 terminating; 4 desired, at least 3 available, at most 5 in all',
    )
    assert.match(gaugeText({ ...gauge, oldAvailable: 1 }), /; 1 below the floor$/)
    assert.match(gaugeText({ ...gauge, newStarting: 3 }), /; 2 above the ceiling$/)
    assert.match(gaugeText({ ...gauge, oldAvailable: 3, newStarting: 0 }), /5 in all$/)
    assert.equal(segmentsOf(gauge).length, 5)
  })
})
