import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Screen, type Terminal } from './screen.ts'

const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l'

/** A terminal of which everything is known: what was written, which mode it is in, what the process was told. */
class FakeTerminal {
  readonly directory = mkdtempSync(join(tmpdir(), 'tiphys-screen-'))
  readonly fd = openSync(join(this.directory, 'out'), 'w')
  readonly written: string[] = []
  readonly process = Object.assign(new EventEmitter(), {
    pid: 1,
    killed: [] as string[],
    kill(_pid: number, signal: string) {
      this.killed.push(signal)
    },
  })
  readonly in = Object.assign(new EventEmitter(), {
    isTTY: true,
    raw: false,
    setRawMode(raw: boolean) {
      this.raw = raw
    },
    resume() {},
    pause() {},
  })
  readonly out = Object.assign(new EventEmitter(), {
    columns: 80,
    rows: 24,
    fd: this.fd,
    write: (text: string) => this.written.push(text) > 0,
  })
  quits = 0
  resizes = 0
  readonly screen = new Screen(this as unknown as Terminal, {
    quit: () => this.quits++,
    resized: () => this.resizes++,
  })

  /** What was written at once, past the stream. */
  get restored(): string {
    return readFileSync(join(this.directory, 'out'), 'utf8')
  }

  remove(): void {
    closeSync(this.fd)
    rmSync(this.directory, { recursive: true })
  }
}

describe('the screen', () => {
  let terminal: FakeTerminal
  beforeEach(() => {
    terminal = new FakeTerminal()
    terminal.screen.open()
  })
  afterEach(() => terminal.remove())

  it('is another than that of the shell, and is left once', () => {
    assert.match(terminal.written[0] ?? '', /\[\?1049h/)
    assert.equal(terminal.in.raw, true)
    terminal.screen.close()
    terminal.screen.close()
    assert.equal(terminal.restored, leave)
    assert.equal(terminal.in.raw, false)
  })

  it('writes only lines that have changed, and clears those that are gone', () => {
    terminal.screen.draw(['a', 'b', 'c'])
    terminal.written.length = 0
    terminal.screen.draw(['a', 'B'])
    assert.deepEqual(terminal.written, ['\x1b[2;1HB\x1b[K\x1b[3;1H\x1b[K'])
    terminal.screen.draw(['a', 'B'])
    assert.equal(terminal.written.length, 1)
  })

  it('is drawn whole after the terminal has changed its size', () => {
    terminal.screen.draw(['a'])
    terminal.out.emit('resize')
    assert.equal(terminal.resizes, 1)
    terminal.written.length = 0
    terminal.screen.draw(['a'])
    assert.equal(terminal.written.length, 1)
  })

  it('is given back when the process ends for whatever reason', () => {
    terminal.process.emit('exit')
    assert.equal(terminal.restored, leave)
    terminal.screen.draw(['never'])
    assert.ok(!terminal.written.includes('never'))
  })

  it('is given back while the process is suspended, and taken again', () => {
    terminal.process.emit('SIGTSTP')
    assert.equal(terminal.restored, leave)
    assert.deepEqual(terminal.process.killed, ['SIGSTOP'])
    terminal.process.emit('SIGCONT')
    assert.equal(terminal.in.raw, true)
    assert.equal(terminal.resizes, 1)
  })

  it('ends by q, Ctrl-C and the loss of the terminal, and by no other key', () => {
    for (const key of ['x', '\r', 'q', '\x03']) terminal.in.emit('data', Buffer.from(key))
    terminal.process.emit('SIGHUP')
    assert.equal(terminal.quits, 3)
  })

  it('leaves nothing behind in the process', () => {
    terminal.screen.close()
    assert.deepEqual(terminal.process.eventNames(), [])
    assert.deepEqual(terminal.in.eventNames(), [])
    assert.deepEqual(terminal.out.eventNames(), [])
  })
})
