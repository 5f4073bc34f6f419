/** Benchmarks rot unseen: one of them runs here with tiny counts. Its numbers mean nothing and are not looked at. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { systemClock } from '../ports/system-clock.ts'
import { type Figure, met, score, table } from './figure.ts'
import { get } from './get.ts'
import { Lab } from './lab/lab.ts'
import { median, percentile } from './statistics.ts'

describe('benchmarks', () => {
  it('measure a GET against a bare server and leave nothing behind', async function () {
    this.timeout(60_000)
    const lab = await Lab.open({ clock: systemClock, progress: () => {}, effort: 'smoke' })
    let figures: Figure[]
    try {
      figures = await get.run(lab)
    } finally {
      await lab.close()
    }
    assert.ok(figures.length > 0)
    for (const { measured, against } of figures) {
      assert.ok(measured.value > 0)
      assert.ok(against && against.value > 0)
    }
    assert.equal(existsSync(lab.directory), false)
  })

  it('judge a ratio where there is a limit, and the number itself where there is none', () => {
    const figure = (value: number, rest: Partial<Figure>): Figure => ({
      what: 'x',
      measured: { value, unit: 'ms' },
      ...rest,
    })
    const limited = figure(5, { against: { what: 'y', value: 10 }, target: { atLeast: 0.5 } })
    assert.equal(score(limited), 0.5)
    assert.equal(met(limited), true)
    assert.equal(met({ ...limited, target: { atLeast: 0.51 } }), false)
    assert.equal(met(figure(5, { target: { atMost: 4 } })), false)
    assert.equal(met(figure(5, {})), undefined)
    assert.match(table([limited]), /^x +5 ms +10 y +0\.50x +>= 0\.5x +yes$/m)
  })

  it('describe many numbers by few', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 2, 3]), 2.5)
    assert.equal(percentile([5, 1, 4, 2, 3], 0.99), 5)
    assert.equal(percentile([5, 1, 4, 2, 3], 0.5), 3)
    assert.ok(Number.isNaN(median([])))
  })
})
