import assert from 'node:assert/strict'
import { Step } from './step.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a step that much work takes together', () => {
  it('waits for the end of the turn, and has all that came meanwhile in its order', async () => {
    const step = new Step()
    const done: number[] = []
    for (const n of [1, 2, 3]) step.enter(() => done.push(n))
    await Promise.resolve()
    assert.deepEqual(done, [])
    await turn()
    assert.deepEqual(done, [1, 2, 3])
  })

  it('lets others have their turn before it goes on with the rest', async () => {
    const step = new Step()
    let done = 0
    const atOnce: number[] = []
    for (let n = 0; n < 50; n++) step.enter(() => done++)
    for (let turns = 0; turns < 4; turns++) {
      const before = done
      await turn()
      atOnce.push(done - before)
    }
    assert.deepEqual(atOnce, [16, 16, 16, 2])
  })

  it('begins anew for what comes while it runs', async () => {
    const step = new Step()
    const done: string[] = []
    step.enter(() => {
      done.push('first')
      step.enter(() => done.push('second'))
    })
    await turn()
    assert.deepEqual(done, ['first'])
    await turn()
    assert.deepEqual(done, ['first', 'second'])
  })
})
