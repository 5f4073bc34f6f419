/**
 * Adds to a recording what containers wrote before they ended: asked for while it is made, because later nobody may have it.
 * What cannot be had is left out.
 */

import type { Pod } from '../../../api/types.ts'
import { ApiError } from '../../../controllers/framework/index.ts'
import type { Line, Log } from '../../../recordings/recording.ts'
import { placesOf } from '../../../rollouts/troubles/index.ts'
import { tailLines } from '../inquiry.ts'
import type { Session } from '../session.ts'

/** One run of a container that is over. */
export interface Ending {
  pod: { name: string; uid: string }
  container: string
  restarts: number
  /** RFC 3339, whole seconds. */
  began: string
  ended: string
  /** Another run has followed it. */
  previous: boolean
}

/** The last lines of a run, oldest first. */
export type AskTail = (ending: Ending) => Promise<string[]>

/** Runs whose end is told of in one recording. */
const most = 500

/** Each right behind the line that tells of the end. */
export async function* withLogs(
  lines: AsyncIterable<Line> | Iterable<Line>,
  ask: AskTail,
): AsyncGenerator<Line, void, undefined> {
  const known = new Set<string>()
  for await (const line of lines) {
    yield line
    for (const ending of endingsIn(line)) {
      const { pod, container, restarts } = ending
      const key = `${pod.uid}/${container}/${restarts}`
      if (known.has(key) || known.size >= most) continue
      known.add(key)
      const tail = await ask(ending)
      if (tail.length === 0) continue
      const log: Log = { type: 'LOG', at: ending.ended, pod, container, restarts, lines: tail }
      yield log
    }
  }
}

function endingsIn(line: Line): Ending[] {
  if (line.type === 'KEYFRAME')
    return line.objects.flatMap((object) =>
      object.kind === 'Pod' ? endingsOf(object as unknown as Pod) : [],
    )
  return line.type === 'PUT' && line.object.kind === 'Pod'
    ? endingsOf(line.object as unknown as Pod)
    : []
}

function endingsOf(pod: Pod): Ending[] {
  const { name = '', uid = '' } = pod.metadata
  return placesOf(pod).flatMap(({ status }) => {
    const { state, lastState, restartCount } = status
    // While it waits to be started again, the last run that was counted is the one that ended.
    const last = state?.waiting ? restartCount : Math.max(restartCount - 1, 0)
    return [
      { end: lastState?.terminated, restarts: last, previous: true },
      { end: state?.terminated, restarts: restartCount, previous: false },
    ].flatMap(({ end, restarts, previous }): Ending[] => {
      // What went well has nothing to explain.
      if (!end?.finishedAt || !end.startedAt || end.exitCode === 0) return []
      const times = { began: end.startedAt, ended: end.finishedAt }
      return [{ pod: { name, uid }, container: status.name, restarts, ...times, previous }]
    })
  })
}

/** Of a Tiphys server, which keeps what all runs wrote. */
export const keptTail =
  ({ past, namespace }: Pick<Session, 'past' | 'namespace'>): AskTail =>
  async ({ pod, container, began, ended }) => {
    const where = { namespace, pod: pod.name, uid: pod.uid, container }
    // Times of runs are whole seconds, cut off.
    const until = Date.parse(ended) + 999
    return ifThere(past.log(where, { since: began, until, lines: tailLines }), [])
  }

/** Of another server: the run that is over, as long as no other has followed that one. */
export const presentTail =
  ({ cluster, namespace }: Pick<Session, 'cluster' | 'namespace'>): AskTail =>
  async ({ pod: { name }, container, previous }) => {
    const options = { container, previous, tailLines }
    const text = await ifThere(cluster.podLog({ namespace, name }, options), '')
    return text.split('\n').filter((line) => line !== '')
  }

async function ifThere<T>(log: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await log
  } catch (error) {
    // It is gone with its container, or may not be read.
    if (error instanceof ApiError) return otherwise
    throw error
  }
}
