/** Benchmarks rot unseen: those of the API server run here with tiny counts. Their numbers mean nothing and are not judged. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { systemClock } from '../ports/system-clock.ts'
import { apply } from './apply.ts'
import { custom } from './custom.ts'
import { type Figure, met, score, table } from './figure.ts'
import { get } from './get.ts'
import { Lab } from './lab/lab.ts'
import { many } from './many.ts'
import { past } from './past.ts'
import { median, percentile } from './statistics.ts'
import { world } from './world.ts'

describe('benchmarks', () => {
  for (const { name, run } of [get, apply, custom, many, past])
    it(`measure ${name} against a limit and leave nothing behind`, async function () {
      this.timeout(120_000)
      const lab = await Lab.open({ clock: systemClock, progress: () => {}, effort: 'smoke' })
      let figures: Figure[]
      try {
        figures = await run(lab)
      } finally {
        await lab.close()
      }
      for (const { measured } of figures) assert.ok(measured.value > 0)
      const limits = figures.flatMap(({ against }) => (against ? [against.value] : []))
      assert.ok(limits.length > 0)
      for (const limit of limits) assert.ok(limit > 0)
      assert.equal(existsSync(lab.directory), false)
    })

  it('measure servers in the process of a test', async function () {
    this.timeout(60_000)
    const lab = await Lab.open({ clock: systemClock, progress: () => {}, effort: 'smoke' })
    try {
      for (const { measured } of await world.run(lab)) assert.ok(measured.value > 0)
    } finally {
      await lab.close()
    }
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
