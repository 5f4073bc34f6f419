import assert from 'node:assert/strict'
import { milliseconds, requeue } from './index.ts'

describe('a duration', () => {
  it('is milliseconds, or a text with units', () => {
    assert.deepEqual(
      ['500ms', '10s', '5m', '1h30m', '1.5h', '0s', '1m30s'].map(milliseconds),
      [500, 10_000, 300_000, 5_400_000, 5_400_000, 0, 90_000],
    )
    assert.equal(milliseconds(1_500), 1_500)
  })
  it('is refused otherwise, with what would be one', () => {
    for (const wrong of ['', '10', 's', '10 s', '-5s', '1d', '10s!', -1, Number.NaN, Infinity])
      assert.throws(
        () => milliseconds(wrong as '1s'),
        (error: Error) => error.message.includes("write milliseconds, or '500ms', '10s'"),
        String(wrong),
      )
  })
  it('is when a key is run again', () => {
    assert.deepEqual(requeue.after('10s'), { requeueAfter: 10_000 })
    assert.deepEqual(requeue.after(5), { requeueAfter: 5 })
  })
})
