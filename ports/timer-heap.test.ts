import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Timer, TimerHeap } from './timer-heap.ts'
import { drain, VirtualClock } from './virtual-clock.ts'

describe('timers of a virtual clock', () => {
  it('fire as a sorted list would have it, whatever is set and cancelled', () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), at: fc.nat(50) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 400, size: 'max' }), (actions) => {
        const heap = new TimerHeap()
        const made: Timer[] = []
        let waiting: Timer[] = []
        for (const one of actions) {
          if (one.do === 'add') {
            const timer = heap.add(one.at, () => {})
            made.push(timer)
            waiting.push(timer)
            waiting.sort((a, b) => a.at - b.at || a.sequence - b.sequence)
          } else if (one.do === 'cancel') {
            const timer = made[one.which % Math.max(1, made.length)]
            if (timer) heap.cancel(timer)
            waiting = waiting.filter((other) => other !== timer)
          } else assert.equal(heap.take(), waiting.shift())
          assert.equal(heap.size, waiting.length)
          assert.equal(heap.first(), waiting[0])
        }
      }),
    )
  })

  it('wait until nothing is left to do: promises, and turns of the event loop that were asked for', async () => {
    const clock = new VirtualClock()
    const done: string[] = []
    const turns = async (name: string, count: number) => {
      for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
      done.push(name)
    }
    clock.after(10, () => void turns('first', 50))
    clock.after(11, () => done.push('second'))
    await clock.advance(20)
    assert.deepEqual(done, ['first', 'second'])
  })

  it('do not wait for each other’s waiting', async () => {
    const clocks = Array.from({ length: 10 }, () => new VirtualClock())
    let fired = 0
    for (const clock of clocks) for (let ms = 0; ms < 10; ms++) clock.after(ms, () => fired++)
    await Promise.all([...clocks.map((clock) => clock.advance(10)), drain()])
    assert.equal(fired, 100)
  })
})
