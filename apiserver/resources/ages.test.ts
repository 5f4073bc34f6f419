import assert from 'node:assert/strict'
import { age, humanDuration } from './ages.ts'

const s = 1000
const m = 60 * s
const h = 60 * m
const d = 24 * h

describe('ages', () => {
  const cases: [number, string][] = [
    [-2 * s, '<invalid>'],
    [-1 * s, '0s'],
    [0, '0s'],
    [999, '0s'],
    [119 * s, '119s'],
    [120 * s, '2m'],
    [150 * s, '2m30s'],
    [9 * m + 59 * s, '9m59s'],
    [10 * m + 59 * s, '10m'],
    [179 * m, '179m'],
    [3 * h, '3h'],
    [3 * h + 4 * m, '3h4m'],
    [8 * h + 59 * m, '8h'],
    [47 * h, '47h'],
    [48 * h, '2d'],
    [2 * d + 3 * h, '2d3h'],
    [8 * d + 5 * h, '8d'],
    [729 * d, '729d'],
    [730 * d, '2y'],
    [800 * d, '2y70d'],
    [8 * 365 * d + d, '8y'],
  ]
  for (const [ms, text] of cases)
    it(`${ms / s} s reads ${text}`, () => assert.equal(humanDuration(ms), text))

  it('no time, or none that can be read, is unknown', () => {
    assert.equal(age(undefined, 0), '<unknown>')
    assert.equal(age('yesterday', 0), '<unknown>')
    assert.equal(age('1970-01-01T00:00:01Z', 6 * s), '5s')
  })
})
