import assert from 'node:assert/strict'
import { keysOf } from './keys.ts'

describe('keys', () => {
  it('have names, whichever sequence a terminal sends', () => {
    assert.deepEqual(keysOf('\x1b[D\x1bOC\x1b[1;2C\x1b[1;2D'), [
      'left',
      'right',
      'shift-right',
      'shift-left',
    ])
    assert.deepEqual(keysOf('\x1b[H\x1b[1~\x1bOF\x1b[4~'), ['home', 'home', 'end', 'end'])
  })

  it('that were typed fast come one by one, and unknown ones not at all', () => {
    assert.deepEqual(keysOf('q +\x1b[15~\x1b[A\x03'), ['q', ' ', '+', 'ctrl-c'])
    assert.deepEqual(keysOf('\r\x1b'), [])
  })
})
