import assert from 'node:assert/strict'
import { addStop, lastNotAfter, nearest, type Stop, step } from './stops.ts'

function stopsAt(...told: [revision: number, time: number, notable?: boolean][]): Stop[] {
  const stops: Stop[] = []
  for (const [revision, time, notable = false] of told) addStop(stops, { revision, time, notable })
  return stops
}

const stops = stopsAt([10, 0], [20, 10, true], [25, 15], [30, 20], [35, 30, true], [40, 40])
const go = (revision: number, direction: 1 | -1, notable = false, marked: number[] = []) =>
  step(stops, revision, { direction, notable, marked })?.revision

describe('stops', () => {
  it('stand in the order of revisions, once each, however they are told', () => {
    const found = stopsAt([30, 20], [10, 0], [20, 10], [20, 10, true], [30, 20])
    assert.deepEqual(
      found.map(({ revision, notable }) => [revision, notable]),
      [
        [10, false],
        [20, true],
        [30, false],
      ],
    )
  })

  it('never go back in time, whatever clocks said', () => {
    const times = stopsAt([1, 9], [3, 10], [2, 5], [4, 7]).map(({ time }) => time)
    assert.deepEqual(times, [9, 9, 10, 10])
  })

  it('go one on and one back, and end at the ends', () => {
    assert.equal(go(20, 1), 25)
    assert.equal(go(20, -1), 10)
    assert.equal(go(10, -1), undefined)
    assert.equal(go(40, 1), undefined)
  })

  it('go on from between two of them', () => {
    assert.equal(go(27, 1), 30)
    assert.equal(go(27, -1), 25)
    assert.equal(go(5, 1), 10)
    assert.equal(go(5, -1), undefined)
  })

  it('go to the next notable one, passing over the others', () => {
    assert.equal(go(20, 1, true), 35)
    assert.equal(go(35, -1, true), 20)
    assert.equal(go(35, 1, true), undefined)
  })

  it('count what the user marked as notable', () => {
    assert.equal(go(20, 1, true, [30]), 30)
  })

  it('find the nearest in time', () => {
    assert.equal(nearest(stops, 17)?.revision, 25)
    assert.equal(nearest(stops, 18)?.revision, 30)
    assert.equal(nearest(stops, -5)?.revision, 10)
    assert.equal(nearest(stops, 99)?.revision, 40)
    assert.equal(lastNotAfter(stops, -5, 'time'), -1)
  })
})
