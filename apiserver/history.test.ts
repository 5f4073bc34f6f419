import assert from 'node:assert/strict'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { keepHistory } from './history.ts'
import type { Storage } from './storage/storage.ts'

function counting() {
  const compacted: number[] = []
  let revision = 0
  const storage = {
    revision: async () => revision,
    compact: async (to: number) => void compacted.push(to),
  } as unknown as Storage
  return { storage, compacted, write: (count: number) => (revision += count) }
}

describe('history', () => {
  it('forgets what is older than its age, and nothing younger', async () => {
    const clock = new VirtualClock()
    const { storage, compacted, write } = counting()
    const limits = { ageMs: 600_000, versions: 1_000_000 }
    const cancel = keepHistory(storage, clock, limits, (error) => assert.fail(String(error)))
    write(5000)
    await clock.advance(60_000)
    write(5000)
    await clock.advance(540_000)
    assert.deepEqual(compacted, [])
    await clock.advance(120_000)
    assert.deepEqual(compacted, [5000, 10_000])
    cancel()
    write(9_999_999)
    await clock.advance(6_000_000)
    assert.equal(compacted.length, 2)
  })

  it('forgets what is too much, however young', async () => {
    const clock = new VirtualClock()
    const { storage, compacted, write } = counting()
    keepHistory(storage, clock, { versions: 1000 }, (error) => assert.fail(String(error)))
    write(3000)
    await clock.advance(60_000)
    assert.deepEqual(compacted, [2000])
  })
})
