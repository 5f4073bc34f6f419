import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { Backlog } from './backlog.ts'
import { WorkQueue } from './queue.ts'

const keys = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ namespace: 'n', name }))

function setUp() {
  const queue = new WorkQueue({ clock: new VirtualClock(), capacity: 2 })
  const backlog = new Backlog(queue, (key) => queue.add(key, 'low'))
  const runAll = () => {
    const names: string[] = []
    for (let key = queue.take(); key; key = queue.take()) {
      names.push(key.name)
      queue.finish(key, { type: 'ok' })
    }
    return names.join('')
  }
  return { queue, backlog, runAll }
}

describe('backlog', () => {
  it('comes to every key once, however small the queue, and then to an end', () => {
    const { queue, backlog, runAll } = setUp()
    backlog.begin(keys)
    const rounds = [runAll()]
    while (backlog.resume()) rounds.push(runAll())
    assert.deepEqual(rounds, ['ab', 'cd', 'e'])
    assert.equal(queue.takeOverflow(), false, 'nothing was dropped on the way')
  })

  it('waits for room', () => {
    const { queue, backlog, runAll } = setUp()
    queue.add({ namespace: 'n', name: 'x' })
    backlog.begin(keys)
    assert.equal(runAll(), 'xa')
    assert.equal(backlog.resume(), true)
    assert.equal(backlog.resume(), true, 'there is no room, and something is left')
    assert.equal(runAll(), 'bc')
  })
})
