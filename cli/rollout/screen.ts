/**
 * The terminal's alternate screen: drawn line by line, only those that have changed, and given back as it was on every way
 * out that a process can see: the end, signals, errors that nobody caught, being suspended. What was on the screen and in
 * its history stays untouched.
 */

import { writeSync } from 'node:fs'
import { type Key, keysOf } from './keys.ts'
import type { Size } from './layout.ts'

/** What a screen needs of the process it runs in. */
export interface Terminal {
  out: NodeJS.WriteStream
  /** Keys come from here, if it is a terminal. */
  in: NodeJS.ReadStream
  process: NodeJS.Process
}

export interface ScreenEvents {
  resized(): void
  /** `q` or Ctrl-C. */
  quit(): void
  /** Every other key. */
  key?(key: Key): void
}

/** Without wrapping, so that a line which is too wide after all does not push the others. */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J'
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l'

export class Screen {
  readonly #terminal: Terminal
  readonly #events: ScreenEvents
  #lines: readonly string[] = []
  #entered = false
  #raw = false

  constructor(terminal: Terminal, events: ScreenEvents) {
    this.#terminal = terminal
    this.#events = events
  }

  get size(): Size {
    const { columns = 80, rows = 24 } = this.#terminal.out
    return { width: columns, height: rows }
  }

  open(): void {
    const { out, process } = this.#terminal
    out.on('resize', this.#onResize)
    process.on('exit', this.#restore)
    process.on('SIGHUP', this.#onHangUp)
    process.on('SIGTSTP', this.#onSuspend)
    process.on('SIGCONT', this.#onContinue)
    this.#begin()
  }

  close(): void {
    const { out, process } = this.#terminal
    this.#restore()
    out.off('resize', this.#onResize)
    process.off('exit', this.#restore)
    process.off('SIGHUP', this.#onHangUp)
    process.off('SIGTSTP', this.#onSuspend)
    process.off('SIGCONT', this.#onContinue)
  }

  /** The rest of a line is cleared first: after its last cell there is nowhere to clear from. */
  draw(lines: readonly string[]): void {
    if (!this.#entered) return
    const count = Math.max(lines.length, this.#lines.length)
    let text = ''
    for (let at = 0; at < count; at++)
      if (lines[at] !== this.#lines[at]) text += `\x1b[${at + 1};1H\x1b[K${lines[at] ?? ''}`
    this.#lines = lines
    if (text !== '') this.#terminal.out.write(text)
  }

  #begin(): void {
    this.#entered = true
    this.#lines = []
    this.#terminal.out.write(enter)
    const keys = this.#terminal.in
    if (!keys.isTTY) return
    // Otherwise what is typed would stand between the lines.
    keys.setRawMode(true)
    keys.on('data', this.#onKey)
    keys.resume()
    this.#raw = true
  }

  /** At once, because nothing may come after it when the process ends. */
  readonly #restore = (): void => {
    if (!this.#entered) return
    this.#entered = false
    const { in: keys, out } = this.#terminal
    if (this.#raw) {
      this.#raw = false
      keys.off('data', this.#onKey)
      keys.pause()
      keys.setRawMode(false)
    }
    try {
      writeSync((out as NodeJS.WriteStream & { fd: number }).fd, leave)
    } catch (error) {
      // The terminal itself is gone: nothing is left to give back.
      if (!['EIO', 'EPIPE', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error
    }
  }

  readonly #onResize = (): void => {
    // What the terminal made of the old lines is not known.
    this.#lines = []
    if (this.#entered) this.#terminal.out.write('\x1b[2J')
    this.#events.resized()
  }

  readonly #onKey = (data: Buffer): void => {
    for (const key of keysOf(data.toString('latin1'))) {
      if (key === 'q' || key === 'ctrl-c') this.#events.quit()
      else if (key === 'ctrl-z') this.#onSuspend()
      else this.#events.key?.(key)
    }
  }

  readonly #onHangUp = (): void => this.#events.quit()

  readonly #onSuspend = (): void => {
    this.#restore()
    this.#terminal.process.kill(this.#terminal.process.pid, 'SIGSTOP')
  }

  readonly #onContinue = (): void => {
    if (this.#entered) return
    this.#begin()
    this.#events.resized()
  }
}
