import assert from 'node:assert/strict'
import { lastNotAfter, nearest, step, stopsOf } from './stops.ts'

const at = (second: number) => new Date(1_000_000_000_000 + second * 1000).toISOString()

const stops = stopsOf({
  edge: { revision: 10, at: at(0) },
  head: { revision: 40, at: at(40) },
  marks: [
    { revision: 20, at: at(10), kind: 'template', text: '', notable: true, object: '' },
    { revision: 30, at: at(20), kind: 'pod', text: '', notable: false, object: '' },
    { revision: 35, at: at(30), kind: 'failed', text: '', notable: true, object: '' },
  ],
  available: [{ revision: 30, at: at(20), available: 1, floor: 1, ceiling: 2, desired: 1 }],
  lanes: [{ replicaSet: 'web-a', hash: 'a', counts: [{ revision: 25, at: at(15), pods: 1 }] }],
})

describe('stops', () => {
  it('are all moments that anything tells of, once each', () => {
    assert.deepEqual(
      stops.map(({ revision }) => revision),
      [10, 20, 25, 30, 35, 40],
    )
  })

  it('go one on and one back, and end at the ends', () => {
    assert.equal(step(stops, 20, 1)?.revision, 25)
    assert.equal(step(stops, 20, -1)?.revision, 10)
    assert.equal(step(stops, 10, -1), undefined)
    assert.equal(step(stops, 40, 1), undefined)
  })

  it('go on from between two of them', () => {
    assert.equal(step(stops, 27, 1)?.revision, 30)
    assert.equal(step(stops, 27, -1)?.revision, 25)
    assert.equal(step(stops, 5, 1)?.revision, 10)
    assert.equal(step(stops, 5, -1), undefined)
  })

  it('go to the next notable one, passing over the others', () => {
    assert.equal(step(stops, 20, 1, true)?.revision, 35)
    assert.equal(step(stops, 35, -1, true)?.revision, 20)
  })

  it('count what the user marked as notable', () => {
    const timeline = {
      edge: { revision: 1, at: at(0) },
      head: { revision: 3, at: at(3) },
      marks: [],
      available: [{ revision: 2, at: at(1), available: 0, floor: 0, ceiling: 0, desired: 0 }],
      lanes: [],
    }
    assert.equal(step(stopsOf(timeline), 1, 1, true), undefined)
    assert.equal(step(stopsOf(timeline, [2]), 1, 1, true)?.revision, 2)
  })

  it('find the nearest in time', () => {
    const time = (second: number) => Date.parse(at(second))
    assert.equal(nearest(stops, time(17))?.revision, 25)
    assert.equal(nearest(stops, time(18))?.revision, 30)
    assert.equal(nearest(stops, time(-5))?.revision, 10)
    assert.equal(nearest(stops, time(99))?.revision, 40)
    assert.equal(lastNotAfter(stops, time(-5), 'time'), -1)
  })

  it('never go back in time, whatever clocks said', () => {
    const times = stopsOf({
      edge: { revision: 1, at: at(9) },
      head: { revision: 3, at: at(10) },
      marks: [{ revision: 2, at: at(5), kind: 'pod', text: '', notable: false, object: '' }],
      available: [],
      lanes: [],
    }).map(({ time }) => time)
    assert.deepEqual(times, [Date.parse(at(9)), Date.parse(at(9)), Date.parse(at(10))])
  })
})
