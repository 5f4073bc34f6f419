import assert from 'node:assert/strict'
import { ago, brief, clock, exact, stretch } from './words.ts'

describe('times in words', () => {
  const now = new Date(2026, 10, 21, 14, 3, 12).getTime()

  it('says how long ago, in the largest unit', () => {
    assert.equal(ago(now - 300, now), 'now')
    assert.equal(ago(now - 12_000, now), '12 s ago')
    assert.equal(ago(now - 6 * 60_000, now), '6 min ago')
    assert.equal(ago(now - 3 * 3_600_000, now), '3 h ago')
    assert.equal(ago(now - 72 * 3_600_000, now), '3 d ago')
  })

  it('calls what a clock puts into the future now', () => {
    assert.equal(ago(now + 5_000, now), 'now')
  })

  it('says exactly when, and names the day only where it is another', () => {
    assert.equal(clock(now), '14:03:12')
    assert.equal(exact(now), '2026-11-21 14:03:12')
    assert.equal(brief(now - 60_000, now), '14:02')
    assert.equal(brief(now - 86_400_000, now), '11-20 14:03')
  })

  it('measures stretches', () => {
    assert.deepEqual([0, 99_000, 100_000, 7_200_000].map(stretch), ['0 s', '99 s', '1 min', '2 h'])
  })
})
