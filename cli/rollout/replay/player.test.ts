import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Key } from '../keys.ts'
import { type Player, pass, playerAt, press, speeds, type Track } from './player.ts'

const track: Track = { times: [0, 1_000, 2_000, 60_000, 61_000], notable: [1, 3] }
const typed = (keys: Key[], from = 0): Player =>
  keys.reduce((player, key) => press(player, key, track), playerAt(track, from))

describe('the playhead', () => {
  it('goes step by step, and not beyond the ends', () => {
    assert.equal(typed(['right', 'right', 'left']).index, 1)
    assert.equal(typed(['left']).index, 0)
    assert.equal(typed(['end', 'right']).index, 4)
    assert.equal(typed(['end', 'home']).time, 0)
  })

  it('stops at what is worth it', () => {
    assert.deepEqual(
      [typed(['shift-right']), typed(['n', 'n']), typed(['n', 'n', 'n']), typed(['p'], 3)].map(
        ({ index }) => index,
      ),
      [1, 3, 4, 1],
    )
  })

  it('plays as fast as is said, between a quarter and 32 times', () => {
    let player = typed([' '])
    player = pass(player, 400, track)
    assert.deepEqual([player.index, player.time], [0, 400])
    player = pass(press(player, '+', track), 300, track)
    assert.deepEqual([player.index, player.time], [1, 1_000])
    assert.equal(typed(Array(20).fill('+')).speed, 32)
    assert.equal(typed(Array(20).fill('-')).speed, 0.25)
  })

  it('cuts long silences, and stops at the end', () => {
    let player = pass({ ...playerAt(track, 2), playing: true }, 100, track)
    assert.deepEqual([player.index, player.time], [2, 57_000])
    player = pass(player, 10_000, track)
    assert.deepEqual([player.index, player.playing, player.time], [4, false, 61_000])
    assert.deepEqual(pass(player, 1_000, track), player)
  })

  it('begins anew when it is played at the end, and stands still when it is moved by hand', () => {
    assert.deepEqual([typed(['end', ' ']).index, typed(['end', ' ']).playing], [0, true])
    assert.equal(typed([' ', 'right']).playing, false)
    assert.equal(typed([' ', ' ']).playing, false)
  })

  it('stands on a moment whatever is typed and however much time passes', () => {
    const keys = fc.constantFrom('left', 'right', 'n', 'p', ' ', '+', '-', 'home', 'end', 'x')
    const steps = fc.array(fc.oneof(keys, fc.integer({ min: 0, max: 30_000 })))
    fc.assert(
      fc.property(steps, (all) => {
        let player = playerAt(track, 0)
        for (const step of all) {
          player = typeof step === 'number' ? pass(player, step, track) : press(player, step, track)
          const { index, time, speed } = player
          assert.ok(time >= track.times[index]!)
          assert.ok(index === 4 ? time === 61_000 : time < track.times[index + 1]!)
          assert.ok(speeds.includes(speed))
        }
      }),
    )
  })
})
