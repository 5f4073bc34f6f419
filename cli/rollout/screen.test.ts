import assert from 'node:assert/strict'
import { Screen } from './screen.ts'
import { FakeTerminal } from './testing/fake-terminal.ts'

const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l'

describe('the screen', () => {
  let terminal: FakeTerminal
  let screen: Screen
  let quits: number
  let resizes: number
  beforeEach(() => {
    terminal = new FakeTerminal()
    quits = 0
    resizes = 0
    screen = new Screen(terminal.terminal, { quit: () => quits++, resized: () => resizes++ })
    screen.open()
  })
  afterEach(() => terminal.remove())

  it('is another than that of the shell, and is left once', () => {
    assert.match(terminal.written[0] ?? '', /\[\?1049h/)
    assert.equal(terminal.in.raw, true)
    screen.close()
    screen.close()
    assert.equal(terminal.restored, leave)
    assert.equal(terminal.in.raw, false)
  })

  it('writes only lines that have changed, and clears those that are gone', () => {
    screen.draw(['a', 'b', 'c'])
    terminal.written.length = 0
    screen.draw(['a', 'B'])
    assert.deepEqual(terminal.written, ['\x1b[2;1H\x1b[KB\x1b[3;1H\x1b[K'])
    screen.draw(['a', 'B'])
    assert.equal(terminal.written.length, 1)
  })

  it('is drawn whole after the terminal has changed its size', () => {
    screen.draw(['a'])
    terminal.out.emit('resize')
    assert.equal(resizes, 1)
    terminal.written.length = 0
    screen.draw(['a'])
    assert.equal(terminal.written.length, 1)
  })

  it('is given back when the process ends for whatever reason', () => {
    terminal.process.emit('exit')
    assert.equal(terminal.restored, leave)
    screen.draw(['never'])
    assert.ok(!terminal.written.includes('never'))
  })

  it('is given back while the process is suspended, and taken again', () => {
    terminal.process.emit('SIGTSTP')
    assert.equal(terminal.restored, leave)
    assert.deepEqual(terminal.process.killed, ['SIGSTOP'])
    terminal.process.emit('SIGCONT')
    assert.equal(terminal.in.raw, true)
    assert.equal(resizes, 1)
  })

  it('ends by q, Ctrl-C and the loss of the terminal, and by no other key', () => {
    for (const key of ['x', '\r', 'q', '\x03']) terminal.in.emit('data', Buffer.from(key))
    terminal.process.emit('SIGHUP')
    assert.equal(quits, 3)
  })

  it('leaves nothing behind in the process', () => {
    screen.close()
    assert.deepEqual(terminal.process.eventNames(), [])
    assert.deepEqual(terminal.in.eventNames(), [])
    assert.deepEqual(terminal.out.eventNames(), [])
  })
})
