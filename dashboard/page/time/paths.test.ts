import assert from 'node:assert/strict'
import { areaPath, bandPath, stepPath, thinned } from './paths.ts'
import { foldedScale } from './scale.ts'

const scale = foldedScale([], 0, 10_000)
const points = [
  { time: -5_000, value: 0.5 },
  { time: 5_000, value: 1 },
]
const value = (point: { value: number }) => point.value

describe('curves', () => {
  it('hold a value until the next one, from before the beginning to the end', () => {
    assert.equal(stepPath(points, value, scale), 'M0.0 50.0H500.0V3.0H1000')
  })

  it('are nothing where nothing is told', () => {
    assert.equal(stepPath([], value, scale), '')
    assert.equal(
      bandPath([], () => [0, 1], scale),
      '',
    )
    assert.equal(areaPath([], value, scale), '')
  })

  it('fill from the ground', () => {
    assert.equal(areaPath(points, value, scale), 'M0.0 97.0H0.0V50.0H500.0V3.0H1000V97.0z')
  })

  it('come back along the lower edge of a band', () => {
    const path = bandPath(points, (point) => [point.value / 2, point.value], scale)
    assert.equal(path, 'M0.0 50.0H500.0V3.0H1000H1000.0V50.0H500.0V73.5H0.0z')
  })

  it('are drawn with fewer points where there are very many, and no dip is lost', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => ({ time: n, value: n === 1234 ? 0 : 1 }))
    const few = thinned(many, value)
    assert.ok(few.length <= 600, String(few.length))
    assert.ok(few.some((point) => point.value === 0))
    assert.equal(few.at(-1)?.time, 4_999)
    assert.deepEqual(
      few.map(({ time }) => time),
      few.map(({ time }) => time).sort((a, b) => a - b),
    )
    assert.equal(thinned(points, value), points)
  })
})
