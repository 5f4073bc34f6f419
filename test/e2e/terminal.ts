/** A terminal that tests type into and look at: a private tmux server with one shell. */

import assert from 'node:assert/strict'
import { run } from '../../cli/command.ts'
import { until } from '../../cli/wait.ts'
import { systemClock } from '../../ports/system-clock.ts'

/** Of 80 by 24 cells, until it is resized. */
export class Terminal {
  readonly #socket: string
  readonly #env: Record<string, string>

  constructor(socket: string, env: Record<string, string>) {
    this.#socket = socket
    this.#env = env
  }

  async #tmux(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await run('tmux', ['-S', this.#socket, ...words], {
      env: { ...this.#env, TERM: 'xterm-256color' },
    })
    assert.equal(code, 0, `tmux ${words.join(' ')}: ${stderr}`)
    return stdout
  }

  async open(): Promise<void> {
    const shell = "PS1='$ ' exec sh -m"
    await this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', shell)
  }
  close = () => this.#tmux('kill-server')
  type = (words: string) => this.#tmux('send-keys', words, 'Enter')
  key = (name: string) => this.#tmux('send-keys', name)
  resize = (width: number, height: number) =>
    this.#tmux('resize-window', '-x', String(width), '-y', String(height))

  /** What the screen shows now; with `-e` the colours as well. */
  capture = (flags: string[] = []) => this.#tmux('capture-pane', '-p', ...flags)

  /** What the screen shows once it shows that. */
  shows(expected: RegExp): Promise<string> {
    let last = ''
    return until(
      async () => {
        last = await this.capture()
        return expected.test(last) ? last : undefined
      },
      {
        clock: systemClock,
        signal: new AbortController().signal,
        what: `the screen to show ${expected}`,
        timeoutMs: 20_000,
        intervalMs: 100,
      },
    ).catch((error: Error) => {
      throw new Error(`${error.message}; it shows:\n${last}`)
    })
  }

  /** The modes of the terminal, as `stty` prints them. */
  async settings(): Promise<string> {
    const tty = (await this.#tmux('display-message', '-p', '#{pane_tty}')).trim()
    const { stdout } = await run('stty', ['-F', tty, '-g'])
    return stdout.trim()
  }

  /** SIGTERM to what runs in the foreground with this command line. */
  async kill(command: string): Promise<void> {
    const shell = (await this.#tmux('display-message', '-p', '#{pane_pid}')).trim()
    const { stdout } = await run('ps', ['-o', 'pid=,args=', '--ppid', shell])
    const found = stdout.split('\n').find((line) => line.includes(command))
    assert.ok(found, stdout)
    process.kill(Number(/\d+/.exec(found)?.[0]), 'SIGTERM')
  }
}
