import assert from 'node:assert/strict'
import { slowStart } from './slow-start.ts'

/** The sizes of the batches that ran at once, as attempts that fail from the `failing`th on. */
async function batches(count: number, failing = Number.POSITIVE_INFINITY) {
  const sizes: number[] = []
  let attempts = 0
  let open = 0
  const result = await slowStart(count, async () => {
    if (open++ === 0) sizes.push(0)
    sizes[sizes.length - 1]!++
    const mine = ++attempts
    await new Promise((resolve) => setImmediate(resolve))
    open--
    if (mine >= failing) throw new Error(`attempt ${mine}`)
  })
  return { sizes, ...result }
}

describe('slow start', () => {
  it('doubles each batch until all is done', async () => {
    assert.deepEqual(await batches(10), { sizes: [1, 2, 4, 3], succeeded: 10 })
  })
  it('does nothing for none', async () => {
    assert.deepEqual(await batches(0), { sizes: [], succeeded: 0 })
  })
  it('begins no further batch after a failure', async () => {
    const { sizes, succeeded, error } = await batches(100, 3)
    assert.deepEqual(sizes, [1, 2])
    assert.equal(succeeded, 2)
    assert.equal((error as Error).message, 'attempt 3')
  })
  it('stops at once when the very first fails', async () => {
    const { sizes, succeeded } = await batches(500, 1)
    assert.deepEqual([sizes, succeeded], [[1], 0])
  })
})
