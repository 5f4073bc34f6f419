import assert from 'node:assert/strict'
import { batch } from './batch.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** The sizes of the batches that ran at once, as attempts that fail from the `failing`th on. */
async function batches(count: number, failing = Number.POSITIVE_INFINITY) {
  const sizes: number[] = []
  let open = 0
  const outcome = await batch(Array.from({ length: count }), async (_, index) => {
    if (open++ === 0) sizes.push(0)
    sizes[sizes.length - 1]!++
    await turn()
    open--
    if (index + 1 >= failing) throw new Error(`attempt ${index + 1}`)
    return index
  }).then(
    (done) => done.length,
    (error: Error) => error.message,
  )
  return { sizes, outcome }
}

describe('batch', () => {
  it('doubles each batch until all is done', async () => {
    assert.deepEqual(await batches(10), { sizes: [1, 2, 4, 3], outcome: 10 })
  })
  it('does nothing for none', async () => {
    assert.deepEqual(await batches(0), { sizes: [], outcome: 0 })
  })
  it('begins no further batch after a failure, and rejects with the first', async () => {
    assert.deepEqual(await batches(100, 2), { sizes: [1, 2], outcome: 'attempt 2' })
  })
  it('stops at once when the very first fails', async () => {
    assert.deepEqual(await batches(500, 1), { sizes: [1], outcome: 'attempt 1' })
  })
  it('rejects only when the whole batch has ended', async () => {
    const ended: number[] = []
    await assert.rejects(
      batch([0, 1, 2], async (item) => {
        if (item === 1) throw new Error('no')
        await turn()
        ended.push(item)
      }),
    )
    assert.deepEqual(ended, [0, 2])
  })
  it("keeps the items' order in its results", async () => {
    const delays = [0, 3, 1, 2]
    const done = await batch(delays, async (turns, index) => {
      for (let left = turns; left > 0; left--) await turn()
      return index
    })
    assert.deepEqual(done, [0, 1, 2, 3])
  })
})
