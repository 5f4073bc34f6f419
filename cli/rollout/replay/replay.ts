/**
 * `tiphys rollout replay`: a rollout as it went, from a recording or from what the server keeps. On a terminal with the keys
 * of a video recorder, elsewhere as lines. It only reads, and changes nothing that it shows.
 */

import { time } from '../../../ports/clock.ts'
import type { TimelineMark } from '../../../recordings/marks.ts'
import { readLines } from '../../../recordings/reader.ts'
import { type Progress, progressOf } from '../../../rollouts/progress.ts'
import { CommandError, type Context } from '../../context.ts'
import { painted, wantsColours } from '../colour.ts'
import { clean } from '../line.ts'
import type { PlaceFlags } from '../place.ts'
import { Screen, type Terminal } from '../screen.ts'
import { withSession } from '../session.ts'
import { deploymentNamed } from '../target.ts'
import { exitCodes } from '../verdict.ts'
import { ofFamily } from './family-filter.ts'
import { keptTail, withLogs } from './logs.ts'
import { momentText } from './moment-text.ts'
import { type Player, pass, playerAt, press, type Track } from './player.ts'
import { readRecording } from './read.ts'
import { replayLayout } from './replay-layout.ts'
import { type Tape, tapeOf } from './tape.ts'

export interface ReplayFlags extends PlaceFlags {
  output?: 'jsonl'
  /** Plays from the beginning at once, and ends at the end. */
  play?: boolean
}

/** @param words a file, a Deployment, or the file and then the Deployment */
export async function replay(
  context: Context,
  words: readonly string[],
  flags: ReplayFlags,
): Promise<number> {
  const [first = '', second] = words
  const isFile = second !== undefined || (await looksLikeFile(first))
  const name = isFile ? second && deploymentNamed(second) : deploymentNamed(first)
  const tape = isFile
    ? await tapeOf(readRecording(first, warn(context)), name)
    : await tapeOfCluster(context, flags, name)
  const { out, env } = context
  if (flags.output === 'jsonl' || !out.isTTY || env.TERM === 'dumb')
    return writeMarks(context, tape, flags.output === 'jsonl')
  const start = isFile || flags.play ? 0 : tape.moments.length - 1
  const terminal = { out: process.stdout, in: process.stdin, process }
  const player = { ...playerAt(trackOf(tape), start), playing: flags.play === true }
  return new Replay(context, tape, player, terminal, flags.play).run()
}

const looksLikeFile = async (word: string): Promise<boolean> => {
  if (/\.(jsonl|gz)$/.test(word)) return true
  const { stat } = await import('node:fs/promises')
  // A name that is no file is that of a Deployment.
  const found = await stat(word).catch(() => undefined)
  return found?.isFile() ?? false
}

const warn = (context: Context) => (text: string) => void context.err.write(`tiphys: ${text}\n`)

const tapeOfCluster = (context: Context, flags: PlaceFlags, name: string | undefined) =>
  withSession(context, flags, async (session) => {
    const { past, namespace } = session
    const stream = await past.recording({ namespace }, context.signal)
    if (!stream)
      throw new CommandError('this server keeps no history that could be replayed', [
        'record from now on: tiphys rollout record deploy/NAME -o NAME.jsonl.gz',
      ])
    return tapeOf(withLogs(ofFamily(readLines(stream), name), keptTail(session)), name)
  })

export function trackOf({ moments, marks }: Tape): Track {
  let latest = 0
  const times = moments.map(({ at }) => {
    const read = Date.parse(at)
    latest = Math.max(latest, Number.isNaN(read) ? 0 : read)
    return latest
  })
  const indices = new Map(moments.map(({ revision }, index) => [revision, index]))
  const notable = marks.flatMap((mark) => (mark.notable ? (indices.get(mark.revision) ?? []) : []))
  return { times, notable: [...new Set(notable)].sort((a, b) => a - b) }
}

/** `deployment/web image web 1.2 -> 1.3 by ...`: what names its object by itself does not do so twice. */
function sentenceOf({ object, text }: TimelineMark): string {
  const name = object.slice(object.indexOf('/') + 1)
  return `${object} ${text.startsWith(`${name} `) ? text.slice(name.length + 1) : text}`
}

/** One line a mark; one JSON object for programs. */
function writeMarks(
  { out, clock }: Context,
  { marks, namespace, name, moments }: Tape,
  json: boolean,
) {
  for (const mark of marks) {
    const text = `${mark.at || '-'} r${mark.revision} ${sentenceOf(mark)}`
    out.write(`${json ? JSON.stringify(mark) : clean(text)}\n`)
  }
  if (marks.length === 0 && !json) {
    const since = moments[0]?.at ?? time(clock.now())
    out.write(`Nothing of ${namespace}/${name} has changed since ${since}.\n`)
  }
  return 0
}

/** Milliseconds between two looks while it plays, and between two while it stands: the time ago goes on. */
const [frame, rest] = [100, 1_000]

export class Replay {
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
