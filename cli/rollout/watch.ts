/**
 * `tiphys rollout watch`: a rollout as it happens, on the whole screen of a terminal or as lines where there is none, until
 * it is decided. It only reads.
 */

import { type Progress, progressOf } from '../../rollouts/progress.ts'
import type { Snapshot } from '../../rollouts/snapshot.ts'
import { span } from '../../rollouts/span.ts'
import { CommandError, type Context } from '../context.ts'
import { type Display, displayFor } from './display.ts'
import { readDeployment } from './family.ts'
import { follow } from './follow.ts'
import { Inquiry } from './inquiry.ts'
import type { View } from './layout.ts'
import type { PlaceFlags } from './place.ts'
import { type Session, withSession } from './session.ts'
import { deploymentNamed } from './target.ts'
import { endOf, exitCodes, type Patience } from './verdict.ts'

export interface WatchFlags extends PlaceFlags, Patience {
  output?: 'jsonl'
  /** Milliseconds. */
  timeout?: number
}

/** Milliseconds after which clocks are told anew. */
const tick = 1_000

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
    this.#display = displayFor(this.#context, {
      json: this.#flags.output === 'jsonl',
      terminal: { out: process.stdout, in: process.stdin, process },
      quit: () => this.#ended.resolve(exitCodes.interrupted),
    })
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
