/**
 * How much of the past is kept: a day, or as many bytes as the store should have to hold, whichever is less. What had been
 * written by when is marked in the store itself: so each API server of a cluster forgets by the same marks, it does not
 * matter which of them does it, and one that has just started knows how old the past is.
 */

import type { Cancel, Clock } from '../ports/clock.ts'
import { every } from '../ports/every.ts'
import { CompactedError, type Revision, type Storage } from './storage/storage.ts'

export interface HistoryLimits {
  /** Milliseconds; a day unless told. */
  ageMs?: number
  /** Keys, values and notes of all versions together; 256 MiB unless told. */
  bytes?: number
}

/** What this server has seen written: keys and values, up to a revision, since some earlier one. */
export interface Written {
  revision: Revision
  bytes: number
}

interface Mark {
  /** Everything up to here ... */
  revision: Revision
  /** ... had been written by then, in milliseconds since the Unix epoch, ... */
  at: number
  /** ... and was so many bytes, counted from the first mark that there ever was. */
  bytes: number
}

const lookEvery = 60_000
const marksKey = '/history/marks'
/** A mark is made when this part of the age or of the bytes has passed: by so much too much may be kept. */
const part = 1 / 64
/** What a version takes besides its key and value: its note, and what the store itself puts down. */
const bytesBeside = 512
/** A version that nobody saw, with that. */
const bytesUnseen = 2_560
/** Looks remembered; marks are made more often. */
const maxLooks = 128

/**
 * Forgets every minute what is too old or too much, until cancelled.
 * @param written asked once a minute; revision 0 where it is not known at the moment
 */
export function keepHistory(
  storage: Storage,
  clock: Clock,
  limits: HistoryLimits,
  written: () => Written,
  report: (error: unknown) => void,
): Cancel {
  const { ageMs = 86_400_000, bytes = 256 * 2 ** 20 } = limits
  const count = new Count(written())
  const look = async () => {
    const now = written()
    if (now.revision === 0) return
    count.look(now)
    const oldest = await storage.oldest()
    const { entry } = await storage.get(marksKey)
    const marks = entry
      ? parseMarks(entry.value)
      : [{ revision: oldest, at: clock.now(), bytes: 0 }]
    const last = marks.at(-1) as Mark
    // The marks' own last write is nothing to mark.
    const seen = Math.max(last.revision, entry?.modified ?? 0)
    const next = { ...now, at: clock.now(), bytes: last.bytes + count.since(last.revision) }
    const due = next.at - last.at >= ageMs * part || next.bytes - last.bytes >= bytes * part
    if (now.revision > seen && (due || !entry)) marks.push(next)
    const edge = edgeOf(marks, next.at - ageMs, next.bytes - bytes)
    if (marks.at(-1) === next) {
      const value = Buffer.from(JSON.stringify(marks.filter(({ revision }) => revision >= edge)))
      // Another server may be first: its marks are as good.
      await storage.write({ key: marksKey, value, expect: entry?.modified ?? 0 })
    }
    if (edge > oldest) await storage.compact(edge)
  }
  return every(clock, lookEvery, look, (error) => {
    // Another server was first.
    if (!(error instanceof CompactedError)) report(error)
  })
}

/** The newest mark that is old enough to go, or the oldest that must go for the bytes, whichever is later. */
function edgeOf(marks: readonly Mark[], before: number, beyond: number): Revision {
  const byAge = marks.findLast(({ at }) => at <= before)
  const byBytes = beyond > (marks[0]?.bytes ?? 0) && marks.find(({ bytes }) => bytes >= beyond)
  return Math.max(byAge?.revision ?? 0, byBytes ? byBytes.revision : 0)
}

function parseMarks(value: Buffer): Mark[] {
  return JSON.parse(value.toString()) as Mark[]
}

/** How much was written since a revision, from what was seen at each look. */
class Count {
  /** Oldest first. */
  #looks: Written[]

  constructor(first: Written) {
    this.#looks = [first]
  }

  look(now: Written): void {
    if (now.revision === this.#looks.at(-1)?.revision) return
    this.#looks = [...this.#looks.slice(1 - maxLooks), now]
  }

  since(revision: Revision): number {
    const [first, last] = [this.#looks[0], this.#looks.at(-1)] as [Written, Written]
    const from = this.#looks.findLast((look) => look.revision <= revision) ?? first
    const unseen = Math.max(0, from.revision - revision)
    return (
      last.bytes - from.bytes + (last.revision - from.revision) * bytesBeside + unseen * bytesUnseen
    )
  }
}
