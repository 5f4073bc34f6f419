import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { UnderWay } from './under-way.ts'

const unexpected = (error: unknown) => {
  throw error
}

describe('operations under way', () => {
  it('end with their work, and say so', async () => {
    const clock = new VirtualClock()
    let ends = 0
    const operations = new UnderWay(clock, () => ends++)
    const { promise, resolve } = Promise.withResolvers<void>()
    operations.begin('a', {}, () => promise, unexpected)
    await clock.advance(0)
    assert.deepEqual([operations.has('a'), ends], [true, 0])
    resolve()
    await clock.advance(0)
    assert.deepEqual([operations.has('a'), ends], [false, 1])
  })

  it('wait longer after each failure, and not at all after a success', async () => {
    const clock = new VirtualClock()
    const operations = new UnderWay(clock, () => {})
    const waits: number[] = []
    const fail = () => Promise.reject(new Error('no'))
    for (let attempt = 0; attempt < 3; attempt++) {
      operations.begin('a', {}, fail, (_, at) => waits.push(at - clock.now()))
      await clock.advance(0)
    }
    assert.ok(waits[0]! > 0 && waits[0]! < waits[1]! && waits[1]! < waits[2]!, waits.join())
    assert.deepEqual(operations.moments(), [operations.notBefore('a')])
    operations.begin('a', {}, async () => {}, unexpected)
    await clock.advance(0)
    assert.deepEqual([operations.notBefore('a'), operations.moments()], [0, []])
  })

  it('go on under the mark of a repetition when the first has ended', async () => {
    const clock = new VirtualClock()
    const operations = new UnderWay(clock, () => {})
    const slow = Promise.withResolvers<void>()
    const fast = Promise.withResolvers<void>()
    const seen: boolean[] = []
    const work = (promise: Promise<void>) => (again: boolean) => {
      seen.push(again)
      return promise
    }
    operations.begin('kill', { deadline: 30 }, work(slow.promise), unexpected)
    operations.begin('kill', { deadline: 1 }, work(fast.promise), unexpected)
    slow.resolve()
    await clock.advance(0)
    assert.deepEqual([seen, operations.marks.get('kill')], [[false, true], { deadline: 1 }])
    fast.resolve()
    await clock.advance(0)
    assert.equal(operations.has('kill'), false)
  })
})
