import assert from 'node:assert/strict'
import { Coalesced } from './coalesced.ts'

describe('coalesced calls', () => {
  it('give everyone who asks during a call the one after it, never the one under way', async () => {
    const finish: ((value: number) => void)[] = []
    const coalesced = new Coalesced(() => new Promise<number>((resolve) => finish.push(resolve)))
    const first = coalesced.get()
    const second = coalesced.get()
    const third = coalesced.get()
    assert.equal(finish.length, 1)
    finish[0]?.(1)
    assert.equal(await first, 1)
    await Promise.resolve()
    assert.equal(finish.length, 2)
    const fourth = coalesced.get()
    finish[1]?.(2)
    assert.deepEqual(await Promise.all([second, third]), [2, 2])
    await Promise.resolve()
    finish[2]?.(3)
    assert.equal(await fourth, 3)
    assert.equal(finish.length, 3)
  })

  it('go on after one has failed', async () => {
    let fail = true
    const coalesced = new Coalesced(async () => {
      if (fail) throw new Error('no')
      return 'yes'
    })
    const [first, second] = [coalesced.get(), coalesced.get()]
    await assert.rejects(first, /no/)
    await assert.rejects(second, /no/)
    fail = false
    assert.equal(await coalesced.get(), 'yes')
  })
})
