/**
 * `tiphys rollout watch`: a rollout as it happens, on the whole screen of a terminal or as lines where there is none, until
 * it is decided. It only reads.
 */

import { time } from '../../ports/clock.ts'
import { type Progress, progressOf } from '../../rollouts/progress.ts'
import type { Snapshot } from '../../rollouts/snapshot.ts'
import { span } from '../../rollouts/span.ts'
import { CommandError, type Context } from '../context.ts'
import { painted, wantsColours } from './colour.ts'
import { readDeployment } from './family.ts'
import { follow } from './follow.ts'
import { Inquiry } from './inquiry.ts'
import { conclusion, Journal, journalLine, jsonLine } from './journal.ts'
import { layout, type View } from './layout.ts'
import { Screen } from './screen.ts'
import { type PlaceFlags, type Session, withSession } from './session.ts'
import { deploymentNamed } from './target.ts'
import { endOf, exitCodes, type Patience } from './verdict.ts'

export interface WatchFlags extends PlaceFlags, Patience {
  output?: 'jsonl'
  /** Milliseconds. */
  timeout?: number
}

/** Milliseconds between two drawings of the screen. */
const frame = 200
/** Milliseconds after which clocks are told anew. */
const tick = 1_000

/** Where views go. */
interface Display {
  show(view: View): void
  /** The last view; `code` is how the watch ends. */
  end(view: View | undefined, code: number): void
}

export function watch(context: Context, words: string, flags: WatchFlags): Promise<number> {
  const name = deploymentNamed(words)
  return withSession(context, flags, (session) => new Watch(context, session, flags).run(name))
}

class Watch {
  readonly #context: Context
  readonly #session: Session
  readonly #flags: WatchFlags
  readonly #inquiry: Inquiry
  readonly #began: number
  readonly #ended = Promise.withResolvers<number>()
  #snapshot: Snapshot | undefined
  #view: View | undefined
  #link: string | undefined
  #display: Display | undefined

  constructor(context: Context, session: Session, flags: WatchFlags) {
    this.#context = context
    this.#session = session
    this.#flags = flags
    this.#inquiry = new Inquiry(session)
    this.#began = context.clock.monotonic()
  }

  async run(name: string): Promise<number> {
    const { clock, signal } = this.#context
    const { timeout } = this.#flags
    const deployment = await readDeployment(this.#session, name)
    this.#display = this.#chooseDisplay()
    const stop = follow(this.#context, this.#session, deployment, {
      changed: (snapshot) => {
        this.#snapshot = snapshot
        this.#look()
      },
      gone: () => this.#ended.reject(new CommandError(`deployment "${name}" was deleted`)),
      link: (trouble) => {
        this.#link = trouble
        this.#look()
      },
    })
    const cancelTimeout =
      timeout === undefined
        ? () => undefined
        : clock.after(timeout, () => this.#ended.resolve(exitCodes.timeout))
    const stopTicking = this.#tick()
    const onAbort = () => this.#ended.resolve(exitCodes.interrupted)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    let code: number = exitCodes.failed
    try {
      code = await this.#ended.promise
      return code
    } finally {
      signal.removeEventListener('abort', onAbort)
      stopTicking()
      cancelTimeout()
      stop()
      this.#display.end(this.#view, code)
    }
  }

  #chooseDisplay(): Display {
    const { out } = this.#context
    if (this.#flags.output !== 'jsonl' && out.isTTY && this.#context.env.TERM !== 'dumb')
      return new OnScreen(this.#context, () => this.#ended.resolve(exitCodes.interrupted))
    return new AsLines(this.#context, this.#flags.output === 'jsonl')
  }

  /** Clocks go on while nothing changes. */
  #tick(): () => void {
    const again = () => {
      this.#look()
      cancel = this.#context.clock.after(tick, again)
    }
    let cancel = this.#context.clock.after(tick, again)
    return () => cancel()
  }

  #look(): void {
    if (!this.#snapshot) return
    const { clock } = this.#context
    const told = this.#inquiry.told
    const progress = progressOf({ ...this.#snapshot, ...told, now: clock.now() })
    const watched = span(clock.monotonic() - this.#began)
    this.#view = { progress, watched, link: this.#link }
    this.#display?.show(this.#view)
    void this.#decide(progress, this.#snapshot)
  }

  /** What a pod wrote before it died is asked for first: it belongs to the verdict. */
  async #decide(progress: Progress, { pods }: Snapshot): Promise<void> {
    try {
      const more = await this.#inquiry.ask(progress.explanation, pods)
      if (more) return this.#look()
      const code = endOf(progress, this.#flags)
      if (code !== undefined && !this.#inquiry.asking) this.#ended.resolve(code)
    } catch (error) {
      this.#ended.reject(error)
    }
  }
}

class AsLines implements Display {
  readonly #context: Context
  readonly #json: boolean
  readonly #journal = new Journal()

  constructor(context: Context, json: boolean) {
    this.#context = context
    this.#json = json
  }

  show({ progress }: View): void {
    if (!this.#journal.isNew(progress)) return
    const { out, clock } = this.#context
    const text = this.#json ? jsonLine : journalLine
    out.write(`${text(progress, time(clock.now()))}\n`)
  }

  end(view: View | undefined, code: number): void {
    if (this.#json) return
    const { out } = this.#context
    if (view && code === exitCodes.failed) out.write(`${conclusion(view.progress).join('\n')}\n`)
    if (code === exitCodes.timeout) out.write(`${timeoutText}\n`)
  }
}

const timeoutText = 'Watched for as long as --timeout says; the rollout goes on without a witness.'

class OnScreen implements Display {
  readonly #context: Context
  readonly #screen: Screen
  #view: View | undefined
  #cancel: (() => void) | undefined

  constructor(context: Context, quit: () => void) {
    this.#context = context
    const terminal = { out: process.stdout, in: process.stdin, process }
    this.#screen = new Screen(terminal, { quit, resized: () => this.#draw() })
    this.#screen.open()
  }

  /** The first at once; then at most one a frame, always the latest. */
  show(view: View): void {
    const first = this.#view === undefined
    this.#view = view
    if (first) this.#draw()
    this.#cancel ??= this.#context.clock.after(frame, () => {
      this.#cancel = undefined
      this.#draw()
    })
  }

  end(view: View | undefined, code: number): void {
    this.#cancel?.()
    this.#screen.close()
    if (!view) return
    const { out, clock } = this.#context
    // What remains on the ordinary screen is how it ended.
    out.write(`${journalLine(view.progress, time(clock.now()))}\n`)
    if (code === exitCodes.failed) out.write(`${conclusion(view.progress).join('\n')}\n`)
    if (code === exitCodes.timeout) out.write(`${timeoutText}\n`)
  }

  #draw(): void {
    if (!this.#view) return
    const colours = wantsColours(this.#context.env)
    const lines = layout(this.#view, this.#screen.size)
    this.#screen.draw(lines.map((pieces) => painted(pieces, colours)))
  }
}
