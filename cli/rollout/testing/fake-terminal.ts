/** A terminal of which everything is known: what was written, which mode it is in, what the process was told. */

import { EventEmitter } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Terminal } from '../screen.ts'

export class FakeTerminal {
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

  /** As who draws on it sees it. */
  get terminal(): Terminal {
    return this as unknown as Terminal
  }

  /** What was written at once, past the stream. */
  get restored(): string {
    return readFileSync(join(this.directory, 'out'), 'utf8')
  }

  remove(): void {
    closeSync(this.fd)
    rmSync(this.directory, { recursive: true })
  }
}
