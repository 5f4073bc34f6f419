/** Which moment of the past is meant: `-5m`, `14:03:12`, `r1310`, RFC 3339; and that it is kept. */

import { isExpired } from '../../controllers/framework/index.ts'
import type { Edge } from '../../history/past.ts'
import { readLines } from '../../recordings/reader.ts'
import type { Line, Moment } from '../../recordings/recording.ts'
import { CommandError } from '../context.ts'
import { milliseconds } from './duration.ts'
import { momentText } from './replay/moment-text.ts'
import type { Session } from './session.ts'

export type When = { revision: number } | { time: number }

/** What can be looked at: a revision of the store, and what clocks show then. */
export interface Then {
  revision: number
  /** Milliseconds since the epoch; `undefined` where the server tells no times. */
  time: number | undefined
}

const day = 86_400_000

/** @param now milliseconds since the epoch. @throws CommandError */
export function whenOf(text: string, now: number): When {
  const revision = /^r(\d{1,15})$/.exec(text)?.[1]
  if (revision) return { revision: Number(revision) }
  const back = text.startsWith('-') ? milliseconds(text.slice(1)) : undefined
  if (back !== undefined) return { time: now - back }
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text)
  const time = clock ? onTheClock(clock.slice(1), now) : Date.parse(text)
  if (!Number.isNaN(time) && (clock || /^\d{4}-\d\d-\d\d/.test(text))) return { time }
  throw new CommandError(`"${text}" is no moment`, [
    'say --at -5m, --at 14:03:12, --at 2026-01-02T14:03:12Z or --at r1310 (a resourceVersion)',
  ])
}

/** The last time that the clock on the wall showed that. */
function onTheClock([hour, minute, second = '0']: readonly string[], now: number): number {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)]
  if (h > 23 || m > 59 || s > 59) return Number.NaN
  const time = new Date(now).setHours(h, m, s, 999)
  return time - 999 > now ? time - day : Math.min(time, now)
}

/** @throws CommandError where nothing is kept of that moment, or nothing was yet */
export async function thenOf(
  session: Pick<Session, 'past' | 'namespace'>,
  when: When,
  now: number,
): Promise<Then> {
  const edge = await session.past.edge()
  if (!edge) return elsewhere(when)
  const began = edge.at ? Date.parse(edge.at) : Number.NaN
  const early = 'revision' in when ? when.revision < edge.revision : when.time < began
  if (early) throw beforeEdge(when, edge, now)
  if ('revision' in when)
    return { revision: when.revision, time: await timeOf(session, when.revision) }
  if (when.time > now) throw new CommandError('that moment is still to come')
  return { revision: await revisionAt(session, when.time, edge), time: when.time }
}

/** Other servers find what they had at a revision, and know no times. */
function elsewhere(when: When): Then {
  if ('revision' in when) return { revision: when.revision, time: undefined }
  throw new CommandError('this server does not tell what was when', [
    'say a revision: --at r1310, as in metadata.resourceVersion; it keeps those of about five minutes',
  ])
}

function beforeEdge(when: When, edge: Edge, now: number): CommandError {
  const since = edge.at ? `, ${momentText(Date.parse(edge.at), now)}` : ''
  const what = 'revision' in when ? `r${when.revision}` : momentText(when.time, now)
  return new CommandError(`nothing is kept of ${what}: history begins at r${edge.revision}${since}`)
}

async function* linesFrom(
  { past, namespace }: Pick<Session, 'past' | 'namespace'>,
  stretch: { from?: number; until?: number; keyframe?: false },
): AsyncGenerator<Line, void, undefined> {
  const stream = await past.recording({ namespace, ...stretch })
  if (stream) yield* readLines(stream)
}

/** Of the first line that says one. */
async function timeOf(
  session: Pick<Session, 'past' | 'namespace'>,
  revision: number,
): Promise<number | undefined> {
  for await (const line of linesFrom(session, { from: revision, until: revision })) {
    const time = 'revision' in line ? Date.parse(line.at) : Number.NaN
    if (!Number.isNaN(time)) return time
  }
  return undefined
}

/** The last revision of the namespace that was there at a time. */
async function revisionAt(
  session: Pick<Session, 'past' | 'namespace'>,
  time: number,
  edge: Edge,
): Promise<number> {
  let last: Moment = { revision: edge.revision, at: edge.at ?? '' }
  for await (const line of linesFrom(session, { keyframe: false })) {
    if (!('revision' in line)) continue
    if (Date.parse(line.at) > time) break
    last = line
  }
  return last.revision
}

/** @returns what a server says that keeps a revision no longer, in words for who asked for it */
export const goneInWords = (error: unknown, revision: number): unknown =>
  isExpired(error)
    ? new CommandError(`the server no longer keeps what was at r${revision}`, [
        'servers other than Tiphys keep about five minutes',
      ])
    : error
