/**
 * `tiphys rollout replay`: a rollout as it went, from a recording or from what the server keeps. On a terminal with the keys
 * of a video recorder, elsewhere as lines. It only reads, and changes nothing that it shows.
 */

import { time } from '../../../ports/clock.ts'
import { readLines } from '../../../recordings/reader.ts'
import { CommandError, type Context } from '../../context.ts'
import { clean } from '../line.ts'
import type { PlaceFlags } from '../place.ts'
import { withSession } from '../session.ts'
import { deploymentNamed } from '../target.ts'
import { ofFamily } from './family-filter.ts'
import { keptTail, withLogs } from './logs.ts'
import { Playback } from './playback.ts'
import { playerAt } from './player.ts'
import { readRecording } from './read.ts'
import { sentenceOf, type Tape, tapeOf, trackOf } from './tape.ts'

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
  return new Playback(context, tape, player, terminal, flags.play).run()
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
