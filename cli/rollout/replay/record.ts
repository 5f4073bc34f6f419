/**
 * `tiphys rollout record`: what a Tiphys server keeps of a rollout, or of all of a namespace, as a file that can be replayed
 * anywhere. Of another Kubernetes what happens from now on, until it is interrupted. Secrets never get into it.
 */

import { rm, stat } from 'node:fs/promises'
import type { KubernetesObject } from '../../../api/object.ts'
import { writeFile } from '../../../recordings/file.ts'
import { readLines } from '../../../recordings/reader.ts'
import { Recorder } from '../../../recordings/recorder.ts'
import type { Line } from '../../../recordings/recording.ts'
import { Redaction } from '../../../recordings/redaction.ts'
import { counted, span } from '../../../rollouts/span.ts'
import { CommandError, type Context } from '../../context.ts'
import type { PlaceFlags } from '../place.ts'
import { type Session, withSession } from '../session.ts'
import { deploymentNamed } from '../target.ts'
import { ofFamily } from './family-filter.ts'
import { linesFromNow } from './lines-from-now.ts'
import { keptTail, presentTail, withLogs } from './logs.ts'
import { sinceTime } from './since.ts'

export interface RecordFlags extends PlaceFlags {
  /** The file. */
  output: string
  /** Milliseconds back; all that is kept without it. */
  since?: number
  redactEnv?: boolean
}

/** @param words a Deployment; all of the namespace without it */
export function record(
  context: Context,
  words: string | undefined,
  flags: RecordFlags,
): Promise<number> {
  const name = words === undefined ? undefined : deploymentNamed(words)
  return withSession(context, flags, async (session) => {
    const tally = new Tally()
    const lines = tally.count(kept(await linesOf(context, session, name, flags), flags))
    await writeFile(flags.output, lines)
    if (name !== undefined && !tally.deployment) {
      await rm(flags.output)
      throw new CommandError(
        `there is no deployment "${name}" in namespace "${session.namespace}", and nothing is kept of one`,
        [`kubectl get deployments -n ${session.namespace}`],
      )
    }
    const { size } = await stat(flags.output)
    context.err.write(`${flags.output}: ${tally.text}, ${Math.ceil(size / 1024)} KB\n`)
    context.err.write(`See it: tiphys rollout replay ${flags.output}\n`)
    return 0
  })
}

async function linesOf(
  context: Context,
  session: Session,
  name: string | undefined,
  { since }: RecordFlags,
): Promise<AsyncIterable<Line>> {
  const { past, namespace } = session
  const stream = await past.recording({ namespace }, context.signal)
  if (stream) {
    const lines = readLines(stream)
    const wanted = since === undefined ? lines : sinceTime(lines, context.clock.now() - since)
    return withLogs(ofFamily(wanted, name), keptTail(session))
  }
  context.err.write(
    'This server keeps no history: recorded is what happens from now on. Ctrl-C ends it.\n',
  )
  return withLogs(ofFamily(linesFromNow(context, session), name), presentTail(session))
}

/** What goes into the file: with keyframes, without what must not be kept. */
async function* kept(
  lines: AsyncIterable<Line>,
  { redactEnv = false }: RecordFlags,
): AsyncGenerator<Line> {
  const recorder = new Recorder({ redaction: new Redaction({ env: redactEnv }) })
  for await (const line of lines) yield* recorder.lines(line)
}

/** What was written, for the sentence about it. */
class Tally {
  /** There is one in it. */
  deployment = false
  #changes = 0
  #first = Number.NaN
  #last = Number.NaN

  async *count(lines: AsyncIterable<Line>): AsyncGenerator<Line> {
    for await (const line of lines) {
      if (line.type === 'PUT' || line.type === 'DELETE') this.#changes++
      this.deployment ||= objectsIn(line).some(({ kind }) => kind === 'Deployment')
      const at = 'revision' in line ? Date.parse(line.at) : Number.NaN
      if (Number.isNaN(this.#first)) this.#first = at
      if (!Number.isNaN(at)) this.#last = at
      yield line
    }
  }

  get text(): string {
    const length = this.#last - this.#first
    return `${counted(this.#changes, 'change')}${length > 0 ? ` in ${span(length)}` : ''}`
  }
}

function objectsIn(line: Line): readonly KubernetesObject[] {
  if (line.type === 'KEYFRAME') return line.objects
  return line.type === 'PUT' || line.type === 'DELETE' ? [line.object] : []
}
