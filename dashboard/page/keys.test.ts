import assert from 'node:assert/strict'
import { actionOf, type Focus, type Key } from './keys.ts'

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
})
const pressed = (name: string, focus: Focus = 'none', more: Partial<Key> = {}, letters = true) =>
  actionOf(key(name, more), focus, letters)

describe('keys', () => {
  it('go one revision, and with Shift to the next notable one', () => {
    assert.deepEqual(pressed('ArrowLeft'), { do: 'step', direction: -1, notable: false })
    assert.deepEqual(pressed('ArrowRight', 'control', { shiftKey: true }), {
      do: 'step',
      direction: 1,
      notable: true,
    })
  })

  it('leave arrows to what moves by arrows, and space to what is pressed', () => {
    assert.equal(pressed('ArrowLeft', 'arrows'), undefined)
    assert.equal(pressed(' ', 'control'), undefined)
    assert.deepEqual(pressed(' '), { do: 'play' })
  })

  it('leave everything to a field of text, and what has a modifier to the browser', () => {
    assert.equal(pressed('m', 'text'), undefined)
    assert.equal(pressed('ArrowLeft', 'text'), undefined)
    assert.equal(pressed('l', 'none', { ctrlKey: true }), undefined)
    assert.equal(pressed('ArrowLeft', 'none', { altKey: true }), undefined)
  })

  it('can be told to leave letters alone', () => {
    assert.deepEqual(pressed('m'), { do: 'mark' })
    assert.equal(pressed('m', 'none', {}, false), undefined)
    assert.deepEqual(pressed('ArrowLeft', 'none', {}, false)?.do, 'step')
  })
})
