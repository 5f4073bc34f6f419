/**
 * How much of the past is kept: a day, and no more versions than the store should have to hold. Each API server of a
 * cluster forgets by the same rule, so it does not matter which of them does it.
 */

import type { Cancel, Clock } from '../ports/clock.ts'
import { every } from '../ports/every.ts'
import { CompactedError, type Revision, type Storage } from './storage/storage.ts'

export interface HistoryLimits {
  /** Milliseconds; a day unless told. */
  ageMs?: number
  /** Versions of all objects together; 100,000 unless told, some 256 MB of them. */
  versions?: number
}

const lookEvery = 60_000

/** Forgets every minute what is too old, until cancelled. */
export function keepHistory(
  storage: Storage,
  clock: Clock,
  { ageMs = 86_400_000, versions = 100_000 }: HistoryLimits,
  report: (error: unknown) => void,
): Cancel {
  /** Oldest first, one a minute: bounded by the age. */
  let marks: { revision: Revision; at: number }[] = []
  let forgotten: Revision = 0
  const look = async () => {
    const now = clock.monotonic()
    const revision = await storage.revision()
    const past = marks.filter(({ at }) => at <= now - ageMs)
    const byAge = past.at(-1)?.revision ?? 0
    marks = [...marks.slice(past.length), { revision, at: now }]
    const oldest = Math.max(byAge, revision - versions)
    // Forgetting costs the store something: not for a handful.
    if (oldest <= forgotten + Math.min(1000, versions / 10)) return
    forgotten = oldest
    await storage.compact(oldest)
  }
  return every(clock, lookEvery, look, (error) => {
    // Another server was first.
    if (!(error instanceof CompactedError)) report(error)
  })
}
