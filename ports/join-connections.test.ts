import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { joinConnections } from './join-connections.ts'

/** A connection whose other end takes what it is sent when it likes. */
class Connection extends Duplex {
  taken = ''
  #waiting: (() => void)[] = []

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#waiting.push(() => {
      this.taken += chunk
      done()
    })
  }

  accept(): void {
    for (const accept of this.#waiting.splice(0)) accept()
  }
}

const turn = () => new Promise(setImmediate)

describe('joined connections', () => {
  it('carry bytes both ways, and go when both have said all', async () => {
    const [one, other] = [new Connection(), new Connection()]
    const over = joinConnections(one, other)
    one.push('question')
    other.push('answer')
    await turn()
    for (const each of [one, other]) each.accept()
    assert.deepEqual([one.taken, other.taken], ['answer', 'question'])
    for (const each of [one, other]) each.push(null)
    await over
  })

  it('pass on all that was said by a side that has gone', async () => {
    const [one, other] = [new Connection({ allowHalfOpen: false }), new Connection()]
    const over = joinConnections(one, other)
    one.push('the beginning, ')
    one.push('and the end')
    one.push(null)
    await new Promise((resolve) => one.once('close', resolve))
    assert.equal(other.destroyed, false)
    for (let round = 0; round < 3; round++) {
      other.accept()
      await turn()
    }
    await over
    assert.equal(other.taken, 'the beginning, and the end')
  })

  it('go together where one breaks off, and nobody is to blame', async () => {
    const [one, other] = [new Connection(), new Connection()]
    const over = joinConnections(one, other)
    one.destroy(new Error('reset'))
    await over
    assert.ok(other.destroyed)
  })

  it('are over at once where one has gone before', async () => {
    const [one, other] = [new Connection(), new Connection()]
    one.destroy()
    await new Promise((resolve) => one.once('close', resolve))
    await joinConnections(one, other)
    assert.ok(other.destroyed)
  })
})
