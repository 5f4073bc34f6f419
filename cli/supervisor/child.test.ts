import assert from 'node:assert/strict'
import { type ChildState, firstDelayMs, goodRunMs, maxDelayMs, step } from './child.ts'

const started = { type: 'started', pid: 7, startTime: 70 } as const
const crashed = { type: 'ended', how: 'signal SIGKILL' } as const

function delayOf(state: ChildState, now: number): number {
  assert.equal(state.phase, 'waiting')
  return state.phase === 'waiting' ? state.at - now : Number.NaN
}

describe('a supervised process', () => {
  it('is started again at once after its first crash', () => {
    const running = step({ phase: 'stopped' }, started, 0)
    const waiting = step(running, crashed, 1000)
    assert.deepEqual(waiting, {
      phase: 'waiting',
      at: 1000 + firstDelayMs,
      restarts: 0,
      crashes: 1,
      lastExit: 'signal SIGKILL',
    })
    const again = step(waiting, started, 1050)
    assert.equal(again.phase === 'running' && again.restarts, 1)
  })

  it('waits twice as long after each crash in a row, up to a bound', () => {
    let state = step({ phase: 'stopped' }, started, 0)
    const delays: number[] = []
    for (let crash = 0; crash < 12; crash++) {
      state = step(state, crashed, 0)
      delays.push(delayOf(state, 0))
      state = step(state, started, 0)
    }
    assert.deepEqual(delays.slice(0, 4), [50, 100, 200, 400])
    assert.equal(delays.at(-1), maxDelayMs)
  })

  it('forgets earlier crashes once it has run well', () => {
    let state = step({ phase: 'stopped' }, started, 0)
    for (let crash = 0; crash < 5; crash++) state = step(step(state, crashed, 0), started, 0)
    state = step(state, crashed, goodRunMs)
    assert.equal(delayOf(state, goodRunMs), firstDelayMs)
  })

  it('backs off as well when it cannot be started at all', () => {
    let state = step(step({ phase: 'stopped' }, started, 0), crashed, 0)
    state = step(state, { type: 'ended', how: 'spawn ENOENT' }, 0)
    assert.equal(delayOf(state, 0), 2 * firstDelayMs)
  })

  it('stays stopped when it was told to stop', () => {
    const stopping = step(step({ phase: 'stopped' }, started, 0), { type: 'stop' }, 1)
    assert.equal(stopping.phase, 'stopping')
    assert.deepEqual(step(stopping, crashed, 2), { phase: 'stopped' })
  })

  it('is not started again when it was told to stop while waiting', () => {
    const waiting = step(step({ phase: 'stopped' }, started, 0), crashed, 1)
    assert.deepEqual(step(waiting, { type: 'stop' }, 2), { phase: 'stopped' })
  })
})
