/**
 * `npm run demo`: five minutes in a terminal, with the real commands and what they really print, on a cluster of its own
 * that is removed afterwards, also when it is interrupted.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sleep } from '../../ports/clock.ts'
import { run, runInherited } from '../command.ts'
import { CommandError, type Context } from '../context.ts'
import { painted, wantsColours } from '../rollout/colour.ts'
import { line, type Tone, wrap } from '../rollout/line.ts'
import { exitCodes } from '../rollout/verdict.ts'
import { ticked } from '../steps.ts'
import { Cluster, type Place } from './place.ts'
import { manifest, type Stage, script } from './script.ts'

export interface DemoFlags {
  /** Without pauses. */
  fast?: boolean
}

const introduction =
  'This is a rollout that goes wrong on purpose. It takes about five minutes, on a cluster of its own with a simulated node. Ctrl-C ends it and leaves nothing behind.'

export async function demo(outer: Context, { fast = false }: DemoFlags): Promise<number> {
  const hungUp = new AbortController()
  const onHangUp = () => hungUp.abort(new CommandError('the terminal is gone'))
  const context = { ...outer, signal: AbortSignal.any([outer.signal, hungUp.signal]) }
  const teller = new Teller(context, fast)
  const cluster = new Cluster(context)
  const { step } = ticked(context)
  // The first one aborts `context.signal`; more of them must not keep anything from being removed.
  const ignore = () => {}
  for (const each of signals) process.on(each, ignore)
  process.on('SIGHUP', onHangUp)
  try {
    await teller.say(introduction)
    const place = await step('a cluster for the demo', () => cluster.start())
    if (place.page) await teller.say(`In a browser it looks like this: ${place.page}`)
    writeFileSync(join(place.directory, 'web.yaml'), manifest(fast ? '100ms' : '2s'))
    await script(new OnTerminal(context, teller, place))
    return 0
  } catch (error) {
    if (!context.signal.aborted) throw error
    context.out.write('\nThe demo was interrupted.\n')
    return exitCodes.interrupted
  } finally {
    await step('everything of it removed', () => cluster.remove())
    for (const each of signals) process.off(each, ignore)
    process.off('SIGHUP', onHangUp)
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** Cells of a line that is told. */
const width = 76
/** Milliseconds: before one begins to read, for each character, and for looking at what a command has printed. */
const pace = { breath: 1_200, character: 45, look: 8_000, command: 900 }

class Teller {
  readonly #context: Context
  readonly #fast: boolean

  constructor(context: Context, fast: boolean) {
    this.#context = context
    this.#fast = fast
  }

  async say(text: string): Promise<void> {
    const lines = wrap(text, width)
    this.print(['', ...lines, ''].join('\n'), 'strong')
    await this.rest(pace.breath + text.length * pace.character)
  }

  print(text: string, tone: Tone): void {
    const { out, env } = this.#context
    const colours = out.isTTY === true && wantsColours(env)
    for (const each of text.split('\n')) out.write(`${painted(line(each, tone), colours)}\n`)
  }

  /** Rejects as soon as somebody interrupts. */
  rest(ms: number): Promise<void> {
    const { clock, signal } = this.#context
    return sleep(clock, this.#fast ? 0 : ms, signal)
  }
}

class OnTerminal implements Stage {
  readonly #context: Context
  readonly #teller: Teller
  readonly #place: Place

  constructor(context: Context, teller: Teller, place: Place) {
    this.#context = context
    this.#teller = teller
    this.#place = place
  }

  say = (text: string): Promise<void> => this.#teller.say(text)

  run = async (words: readonly string[], { code: expected = 0 } = {}): Promise<void> => {
    const { env, directory } = this.#place
    this.#teller.print(`$ ${words.join(' ')}`, 'good')
    await this.#teller.rest(pace.command)
    const [program = '', ...args] = this.#commandOf(words)
    const { signal } = this.#context
    const code = await runInherited(program, args, { env, cwd: directory, signal })
    signal.throwIfAborted()
    if (code !== expected)
      throw new CommandError(
        `the demo did not go as it should: ${words.join(' ')} ended with ${code}`,
      )
    await this.#teller.rest(pace.look)
  }

  ask = async (words: readonly string[]): Promise<string> => {
    const [program = '', ...args] = this.#commandOf(words)
    const { code, stdout, stderr } = await run(program, args, { env: this.#place.env })
    if (code !== 0) throw new CommandError(`${words.join(' ')} ended with ${code}: ${stderr}`)
    return stdout
  }

  #commandOf([word = '', ...args]: readonly string[]): string[] {
    return [...this.#place.programOf(word), ...args]
  }
}
