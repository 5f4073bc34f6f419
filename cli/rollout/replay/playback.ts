/** A tape on the whole screen of a terminal, moved by keys and by the clock. */

import { type Progress, progressOf } from '../../../rollouts/progress.ts'
import type { Context } from '../../context.ts'
import { painted, wantsColours } from '../colour.ts'
import { clean } from '../line.ts'
import { Screen, type Terminal } from '../screen.ts'
import { exitCodes } from '../verdict.ts'
import { momentText } from './moment-text.ts'
import { type Player, pass, press, type Track } from './player.ts'
import { replayLayout } from './replay-layout.ts'
import { sentenceOf, type Tape, trackOf } from './tape.ts'

/** Milliseconds between two looks while it plays, and between two while it stands: the time ago goes on. */
const [frame, rest] = [100, 1_000]

export class Playback {
  readonly #context: Context
  readonly #tape: Tape
  readonly #track: Track
  readonly #screen: Screen
  readonly #ended = Promise.withResolvers<number>()
  readonly #endsItself: boolean
  #player: Player
  #looked = 0
  #cancel: () => void = () => {}

  /** @param endsItself when it has played to the end */
  constructor(
    context: Context,
    tape: Tape,
    player: Player,
    terminal: Terminal,
    endsItself = false,
  ) {
    this.#endsItself = endsItself
    this.#context = context
    this.#tape = tape
    this.#track = trackOf(tape)
    this.#player = player
    this.#screen = new Screen(terminal, {
      quit: () => this.#ended.resolve(0),
      resized: () => this.#draw(),
      key: (key) => {
        this.#player = press(this.#player, key, this.#track)
        this.#again()
      },
    })
  }

  async run(): Promise<number> {
    const { signal, out } = this.#context
    const onAbort = () => this.#ended.resolve(exitCodes.interrupted)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    this.#screen.open()
    this.#again()
    try {
      return await this.#ended.promise
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#cancel()
      this.#screen.close()
      out.write(`${this.#farewell()}\n`)
    }
  }

  /** Draws now, and then as often as something moves. */
  #again(): void {
    const { clock } = this.#context
    this.#cancel()
    this.#looked = clock.monotonic()
    this.#draw()
    this.#cancel = clock.after(this.#player.playing ? frame : rest, () => {
      const { playing } = this.#player
      this.#player = pass(this.#player, clock.monotonic() - this.#looked, this.#track)
      if (playing && !this.#player.playing && this.#endsItself) this.#ended.resolve(0)
      this.#again()
    })
  }

  get #revision(): number {
    return this.#tape.moments[this.#player.index]?.revision ?? 0
  }

  #progress(): Progress | undefined {
    const { timeline, namespace, name } = this.#tape
    const snapshot = timeline.at(this.#revision, this.#player.time)?.snapshotOf({ namespace, name })
    return snapshot && progressOf(snapshot)
  }

  #draw(): void {
    const { clock, env } = this.#context
    const { namespace, name, marks } = this.#tape
    const revision = this.#revision
    const mark = marks.findLast((each) => each.notable && each.revision <= revision)
    const scene = {
      track: this.#track,
      player: this.#player,
      revision,
      progress: this.#progress(),
      title: `${namespace}/${name}`,
      mark: mark && sentenceOf(mark),
      now: clock.now(),
    }
    const colours = wantsColours(env)
    const lines = replayLayout(scene, this.#screen.size)
    this.#screen.draw(lines.map((pieces) => painted(pieces, colours)))
  }

  /** What remains on the ordinary screen. */
  #farewell(): string {
    const { namespace, name } = this.#tape
    const when = momentText(this.#player.time, this.#context.clock.now())
    const verdict = this.#progress()?.explanation.verdict ?? 'it was not there.'
    return clean(`${namespace}/${name} at ${when} (r${this.#revision}): ${verdict}`)
  }
}
